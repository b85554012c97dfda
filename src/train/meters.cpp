#include "train/meters.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace nnstretch::train {
namespace {

// The most memory this process ever had, in MB, rounded up.
int64_t peak_megabytes() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_maxrss + 1023) / 1024;
}

void keep(std::deque<double>& values, double next, int most) {
  values.push_back(next);
  while (values.size() > static_cast<size_t>(std::max(1, most))) values.pop_front();
}

std::string of(int epoch, int epochs) { return fmt::format("{}/{}", epoch + 1, epochs); }

bool is_due(size_t done, int period) {
  return done % static_cast<size_t>(std::max(1, period)) == 0;
}

}  // namespace

std::string as_eta(double seconds) {
  constexpr int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  const auto s = static_cast<int64_t>(seconds);
  return fmt::format("{:02},{:02}:{:02}:{:02}", s / kDay, s % kDay / kHour, s % kHour / kMinute,
                     s % kMinute);
}

double median(std::deque<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void StepTimer::begin() {
  *this = {};
  since_ = std::chrono::steady_clock::now();
}

void StepTimer::tick() {
  const auto now = std::chrono::steady_clock::now();
  last_ = std::chrono::duration<double>(now - since_).count();
  total_ += last_;
  ++ticks_;
  since_ = now;
}

TrainMeter::TrainMeter(const config::Config& config, const Log& log, size_t steps)
    : config_(config), log_(log), steps_(steps) {}

void TrainMeter::begin_epoch(int epoch) {
  epoch_ = epoch;
  done_ = 0;
  sums_ = {};
  loss_.clear(), top1_.clear(), top5_.clear();
  timer_.begin();
}

double TrainMeter::eta() const {
  const auto all = steps_ * static_cast<size_t>(config_.optim.max_epoch);
  const auto done = steps_ * static_cast<size_t>(epoch_) + done_;
  return timer_.mean() * static_cast<double>(all - std::min(all, done));
}

void TrainMeter::add(const StepScore& score) {
  keep(loss_, score.loss, config_.log_period);
  keep(top1_, score.top1_err, config_.log_period);
  keep(top5_, score.top5_err, config_.log_period);
  const auto weight = static_cast<double>(score.images);
  sums_.loss += weight * score.loss, sums_.top1 += weight * score.top1_err;
  sums_.top5 += weight * score.top5_err, sums_.images += weight;
}

void TrainMeter::step(const StepScore& score, double learning_rate) {
  timer_.tick();
  ++done_;
  rate_ = learning_rate;
  if (score.images > 0) add(score);
  if (!is_due(done_, config_.log_period)) return;
  log_.stats("train_iter", {{"epoch", of(epoch_, config_.optim.max_epoch)},
                            {"iter", fmt::format("{}/{}", done_, steps_)},
                            {"eta", as_eta(eta())},
                            {"loss", median(loss_)},
                            {"lr", rate_},
                            {"mem", peak_megabytes()},
                            {"time_avg", timer_.mean()},
                            {"time_diff", timer_.last()},
                            {"top1_err", median(top1_)},
                            {"top5_err", median(top5_)}});
}

void TrainMeter::end_epoch(int64_t skipped) {
  const double images = std::max(1.0, sums_.images);
  Fields fields = {{"epoch", of(epoch_, config_.optim.max_epoch)},
                   {"eta", as_eta(eta())},
                   {"loss", sums_.loss / images},
                   {"lr", rate_},
                   {"mem", peak_megabytes()},
                   {"time_avg", timer_.mean()},
                   {"time_epoch", timer_.total()},
                   {"top1_err", sums_.top1 / images},
                   {"top5_err", sums_.top5 / images}};
  if (skipped > 0) fields["skipped"] = skipped;
  log_.stats("train_epoch", fields);
}

TestMeter::TestMeter(std::string name, const config::Config& config, const Log& log, size_t steps)
    : name_(std::move(name)), config_(config), log_(log), steps_(steps) {}

void TestMeter::begin_epoch(int epoch) {
  epoch_ = epoch;
  done_ = 0;
  top1_.clear(), top5_.clear();
  timer_.begin();
}

void TestMeter::step(const Score& batch) {
  timer_.tick();
  ++done_;
  keep(top1_, batch.top1_err, config_.log_period);
  keep(top5_, batch.top5_err, config_.log_period);
  if (!is_due(done_, config_.log_period)) return;
  log_.stats(name_ + "_iter", {{"epoch", of(epoch_, config_.optim.max_epoch)},
                               {"iter", fmt::format("{}/{}", done_, steps_)},
                               {"mem", peak_megabytes()},
                               {"time_avg", timer_.mean()},
                               {"time_diff", timer_.last()},
                               {"top1_err", median(top1_)},
                               {"top5_err", median(top5_)}});
}

void TestMeter::end_epoch(const Score& whole) {
  min_top1_ = std::min(min_top1_, whole.top1_err);
  min_top5_ = std::min(min_top5_, whole.top5_err);
  Fields fields = {{"epoch", of(epoch_, config_.optim.max_epoch)},
                   {"mem", peak_megabytes()},
                   {"min_top1_err", min_top1_},
                   {"min_top5_err", min_top5_},
                   {"time_avg", timer_.mean()},
                   {"time_epoch", timer_.total()},
                   {"top1_err", whole.top1_err},
                   {"top5_err", whole.top5_err}};
  if (whole.skipped > 0) fields["skipped"] = whole.skipped;
  log_.stats(name_ + "_epoch", fields);
}

}  // namespace nnstretch::train
