#include "runtime/worker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>

#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::runtime {
namespace {

EngineError not_bound(const engines::Processor& processor) {
  return EngineError({.what = fmt::format("the system does not let a thread run on cores {}",
                                          fmt::join(processor.cores, ",")),
                      .where = processor.name,
                      .fix = "choose cores that this process may use (see taskset -p)"});
}

}  // namespace

Worker::Worker(const engines::Processor& processor, std::span<Seat> seats, Bell& bell,
               Patience patience, Thread thread)
    : processor_(processor), seats_(seats), bell_(bell), patience_(patience) {
  if (thread == Thread::callers) {
    if (!Pinned(processor.cores).done()) throw not_bound(processor);
    return;
  }
  std::promise<bool> bound;
  std::future<bool> is_bound = bound.get_future();
  thread_ = std::thread([this, bound = std::move(bound)]() mutable {
    const Pinned pinned(processor_.cores);
    bound.set_value(pinned.done());
    if (pinned.done()) loop();
  });
  if (is_bound.get()) return;
  thread_.join();
  throw not_bound(processor);
}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_relaxed);
  bell_.ring();
  thread_.join();
}

void Worker::call(size_t lane, size_t first, size_t end) {
  Seat& seat = seats_[lane];
  seat.next = first;
  seat.end = end;
  seat.called.store(seat.lane->number, std::memory_order_release);
  bell_.ring();
}

void Worker::work_until_ended(size_t lane) {
  Seat& seat = seats_[lane];
  if (seat.called.load(std::memory_order_relaxed) == seat.served)
    return seat.lane->wait_until_ended(0);
  const Pinned pinned(processor_.cores);
  if (!pinned.done())  // the cores were there when the worker was made
    seat.lane->fail(seat.steps[seat.next].index, std::make_exception_ptr(not_bound(processor_)));
  while (seat.called.load(std::memory_order_relaxed) != seat.served) take_turn(bell_.count());
  seat.lane->wait_until_ended(patience_.within_run_us);
}

void Worker::loop() {
  for (;;) {
    const uint32_t heard = bell_.count();
    if (stop_.load(std::memory_order_relaxed)) return;
    take_turn(heard);
  }
}

// `heard` is of before it looks for work, so that no ring is missed.
void Worker::take_turn(uint32_t heard) {
  if (Seat* seat = oldest_ready())
    take_step(*seat);
  else
    bell_.wait(heard, is_busy() ? patience_.within_run_us : patience_.between_runs_us);
}

Seat* Worker::oldest_ready() {
  Seat* oldest = nullptr;
  uint64_t number = 0;
  for (Seat& seat : seats_) {
    const uint64_t called = seat.called.load(std::memory_order_acquire);
    if (called == seat.served || (oldest && number < called)) continue;
    const auto is_done = [&](const auto* done) {
      return done->load(std::memory_order_acquire) == called;
    };
    const Step& step = seat.steps[seat.next];
    if (!seat.lane->alone && !std::all_of(step.waits.begin(), step.waits.end(), is_done)) continue;
    oldest = &seat;
    number = called;
  }
  return oldest;
}

bool Worker::is_busy() const {
  return std::any_of(seats_.begin(), seats_.end(), [](const Seat& seat) {
    return seat.called.load(std::memory_order_acquire) != seat.served;
  });
}

void Worker::take_step(Seat& seat) {
  Lane& lane = *seat.lane;
  const Step& step = seat.steps[seat.next];
  const double free = std::max(0.0, free_us_ - lane.begin_us);
  step.state->timing = {.free = free, .start = free, .end = free};
  // After a failure the rest of the run is left out, but nobody may wait for it in vain.
  if (!lane.broken()) run(lane, step);
  step.state->done.store(lane.number, std::memory_order_release);
  for (Bell* bell : step.wakes) bell->ring();
  if (++seat.next != seat.end) return;
  seat.served = lane.number;
  lane.leave();  // last: the caller may begin the lane's next run at once
}

// Failures are kept in the lane, which rethrows the first on the caller's thread.
void Worker::run(Lane& lane, const Step& step) noexcept {
  step.state->timing.start = now_us() - lane.begin_us;
  try {
    step.state->instance->run();
  } catch (...) {
    lane.fail(step.index, std::current_exception());
  }
  free_us_ = now_us();
  step.state->timing.end = free_us_ - lane.begin_us;
  step.state->timing.copy = step.state->instance->copy_us();
}

}  // namespace nnstretch::runtime
