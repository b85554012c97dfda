#include "runtime/balancer.h"

#include <algorithm>

#include "base/error.h"

namespace nnstretch::runtime {

Balancer::Balancer(size_t plans, const BalancerOptions& options)
    : options_(options), plans_(plans), since_trial_(options.patience) {
  if (plans == 0) throw UsageError({.what = "there is no plan to run", .fix = "give at least one"});
}

void Balancer::took(size_t number, double us) {
  if (plans_.size() == 1) return;
  Plan& plan = plans_[number];
  plan.recent.push_back(us);
  if (plan.recent.size() > options_.recent) plan.recent.pop_front();
  if (const auto now = latency(number)) plan.calm = std::min(plan.calm.value_or(*now), *now);
  if (trial_) {
    if (latency(*trial_)) end_trial();
  } else {
    ++since_trial_;
    if (wants_a_trial()) begin_trial(present_ == 0 ? 1 : 0);
  }
}

void Balancer::failed(size_t number) {
  plans_[number].recent.clear();
  since_trial_ = 0;
  if (!trial_ && plans_.size() > 1) {
    present_ = (number + 1) % plans_.size();
    ++changes_;
  }
  trial_.reset();
}

// Median of the recent runs; nothing before there are enough.
std::optional<double> Balancer::latency(size_t number) const {
  std::vector<double> recent(plans_[number].recent.begin(), plans_[number].recent.end());
  if (recent.size() < options_.recent) return std::nullopt;
  const auto middle = recent.begin() + static_cast<std::ptrdiff_t>(recent.size() / 2);
  std::nth_element(recent.begin(), middle, recent.end());
  return *middle;
}

// The first plan is left only when it is slow; to come back to it is tried now and then.
bool Balancer::wants_a_trial() const {
  const auto now = latency(present_);
  if (!now || since_trial_ < options_.patience) return false;
  return present_ != 0 || *now > options_.slow * *plans_[0].calm;
}

void Balancer::begin_trial(size_t plan) {
  plans_[plan].recent.clear();
  trial_ = plan;
}

void Balancer::end_trial() {
  const size_t tried = *trial_;
  trial_.reset();
  since_trial_ = 0;
  if (*latency(tried) < options_.better * *latency(present_)) {
    present_ = tried;
    ++changes_;
  } else if (tried != 0 && tried + 1 < plans_.size()) {
    begin_trial(tried + 1);  // the next one may be free
  }
}

}  // namespace nnstretch::runtime
