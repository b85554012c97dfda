#include "runtime/balancer.h"

#include <algorithm>

#include "base/error.h"

namespace nnstretch::runtime {

Balancer::Balancer(size_t plans, const BalancerOptions& options)
    : options_(options), plans_(plans), sorting_(options.recent), since_trial_(options.patience) {
  for (Candidate& plan : plans_) plan.recent.resize(options.recent);
  if (plans == 0) throw UsageError({.what = "there is no plan to run", .fix = "give at least one"});
}

void Balancer::took(size_t number, double us) {
  if (plans_.size() == 1) return;
  Candidate& plan = plans_[number];
  plan.recent[plan.runs++ % plan.recent.size()] = us;
  if (const auto now = latency(number)) plan.calm = std::min(plan.calm.value_or(*now), *now);
  if (trial_) {
    if (latency(*trial_)) end_trial();
  } else {
    ++since_trial_;
    if (wants_a_trial()) begin_trial(present_ == 0 ? 1 : 0);
  }
}

void Balancer::failed(size_t number) {
  plans_[number].runs = 0;
  since_trial_ = 0;
  if (!trial_ && plans_.size() > 1) {
    present_ = (number + 1) % plans_.size();
    ++changes_;
  }
  trial_.reset();
}

// Median of the recent runs; nothing before there are enough.
std::optional<double> Balancer::latency(size_t number) {
  const Candidate& plan = plans_[number];
  if (plan.runs < plan.recent.size()) return std::nullopt;
  std::copy(plan.recent.begin(), plan.recent.end(), sorting_.begin());
  const auto middle = sorting_.begin() + static_cast<std::ptrdiff_t>(sorting_.size() / 2);
  std::nth_element(sorting_.begin(), middle, sorting_.end());
  return *middle;
}

// The first plan is left only when it is slow; to come back to it is tried now and then.
bool Balancer::wants_a_trial() {
  const auto now = latency(present_);
  if (!now || since_trial_ < options_.patience) return false;
  return present_ != 0 || *now > options_.slow * *plans_[0].calm;
}

void Balancer::begin_trial(size_t plan) {
  plans_[plan].runs = 0;
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
