#include "runtime/worker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>

#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::runtime {

Worker::Worker(const engines::Processor& processor, std::vector<Step> steps, RunState& run,
               Patience patience)
    : steps_(std::move(steps)), run_(run), patience_(patience) {
  std::promise<bool> bound;
  std::future<bool> is_bound = bound.get_future();
  thread_ = std::thread([this, cores = processor.cores, bound = std::move(bound)]() mutable {
    const bool good = cores.empty() || pin_this_thread(cores);
    bound.set_value(good);
    if (good) loop();
  });
  if (is_bound.get()) return;
  thread_.join();
  throw EngineError({.what = fmt::format("the system does not let a thread run on cores {}",
                                         fmt::join(processor.cores, ",")),
                     .where = processor.name,
                     .fix = "choose cores that this process may use (see taskset -p)"});
}

Worker::~Worker() {
  stop_.store(true, std::memory_order_relaxed);
  go_.publish(run_.number + 1);
  thread_.join();
}

bool Worker::owns(size_t part) const {
  return std::any_of(steps_.begin(), steps_.end(), [&](const Step& s) { return s.index == part; });
}

void Worker::loop() {
  for (uint32_t seen = 0;;) {
    seen = go_.wait_for_change(seen, patience_.between_runs_us);
    if (stop_.load(std::memory_order_relaxed)) return;
    take_part();
  }
}

void Worker::take_part() {
  double free = 0;
  for (const Step& step : steps_) {
    if (run_.only != RunState::kAll && run_.only != static_cast<int>(step.index)) continue;
    if (run_.only == RunState::kAll)
      for (Signal* before : step.waits) before->wait_for(run_.number, patience_.within_run_us);
    step.part->timing = {.free = free, .start = free, .end = free};
    // After a failure the rest of the run is left out, but nobody may wait for it in vain.
    if (run_.failed.load(std::memory_order_acquire) == RunState::kNone) run(step);
    free = step.part->timing.end;
    step.part->done.publish(run_.number);
  }
  const uint32_t number = run_.number;
  if (run_.working.fetch_sub(1, std::memory_order_acq_rel) == 1) run_.finished.publish(number);
}

// Failures are kept for Session::run, which rethrows the first on the caller's thread.
void Worker::run(const Step& step) noexcept {
  step.part->timing.start = now_us() - run_.begin_us;
  try {
    step.part->instance->run();
  } catch (...) {
    int none = RunState::kNone;
    if (run_.failed.compare_exchange_strong(none, static_cast<int>(step.index)))
      run_.failure = std::current_exception();
  }
  step.part->timing.end = now_us() - run_.begin_us;
}

}  // namespace nnstretch::runtime
