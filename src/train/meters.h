// Running figures of an epoch, and the json_stats lines they become: of training every LOG_PERIOD
// steps the median of the last ones, at its end the mean over all images.
#pragma once
#include <chrono>
#include <deque>
#include <string>

#include "config/config.h"
#include "train/learner.h"
#include "train/log.h"

namespace nnstretch::train {

// 93784 s -> "01,02:03:04": days, hours, minutes, seconds.
std::string as_eta(double seconds);
// Of an odd number of values the middle one, else the mean of the two in the middle.
double median(std::deque<double> values);

// Seconds from one step to the next.
class StepTimer {
 public:
  void begin();
  void tick();
  double last() const { return last_; }
  double mean() const { return ticks_ > 0 ? total_ / ticks_ : 0; }
  double total() const { return total_; }

 private:
  std::chrono::steady_clock::time_point since_;
  double last_ = 0, total_ = 0;
  int ticks_ = 0;
};

class TrainMeter {
 public:
  TrainMeter(const config::Config& config, const Log& log, size_t steps);
  void begin_epoch(int epoch);
  // After each step. One without images, all of which were damaged, has no figures to keep.
  void step(const StepScore& score, double learning_rate);
  // `skipped` pictures were damaged, over all ranks.
  void end_epoch(int64_t skipped);

 private:
  struct Sums {
    double loss = 0, top1 = 0, top5 = 0, images = 0;
  };
  void add(const StepScore& score);
  double eta() const;

  const config::Config& config_;
  const Log& log_;
  size_t steps_, done_ = 0;
  int epoch_ = 0;
  double rate_ = 0;
  std::deque<double> loss_, top1_, top5_;  // the last LOG_PERIOD
  Sums sums_;
  StepTimer timer_;
};

// Of one of "test" and "test_ema": the smallest error so far is kept.
class TestMeter {
 public:
  // `steps` of an epoch: batches that this process tests.
  TestMeter(std::string name, const config::Config& config, const Log& log, size_t steps);
  void begin_epoch(int epoch);
  void step(const Score& batch);
  void end_epoch(const Score& whole);

 private:
  std::string name_;
  const config::Config& config_;
  const Log& log_;
  size_t steps_, done_ = 0;
  int epoch_ = 0;
  double min_top1_ = 100, min_top5_ = 100;
  std::deque<double> top1_, top5_;
  StepTimer timer_;
};

}  // namespace nnstretch::train
