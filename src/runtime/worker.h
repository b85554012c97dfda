// Who runs the parts of one processor, in all lanes of a crew: of the oldest inference that has one
// ready, in an inference in the plan's order. It has a thread of its own, or the caller's.
#pragma once
#include <thread>
#include <vector>

#include "runtime/lane.h"

namespace nnstretch::runtime {

// A part that a worker runs in a lane.
struct Step {
  size_t index;                                     // of the part in the plan
  PartState* state;                                 // of the lane
  std::vector<const std::atomic<uint64_t>*> waits;  // PartState::done of parts that come first
  std::vector<Bell*> wakes;                         // bells of workers whose parts wait for it
};

// A worker's parts in one lane.
struct Seat {
  Lane* lane = nullptr;
  std::vector<Step> steps;           // in the plan's order
  size_t next = 0, end = 0;          // steps left in the present run; the caller's between runs
  std::atomic<uint64_t> called = 0;  // number of the last run it was to take part in
  uint64_t served = 0;               // number of the last run it has left; the worker's own
};

// How long a waiting thread keeps its core before it sleeps.
struct Patience {
  double within_run_us = 0, between_runs_us = 0;
};

enum class Thread { own, callers };

class Worker {
 public:
  // Seats by lane. Starts its own thread; nothing is called yet. EngineError if a thread cannot be
  // bound to the processor's cores. `bell` wakes it and, like the processor and the seats, outlives
  // it.
  Worker(const engines::Processor& processor, std::span<Seat> seats, Bell& bell, Patience patience,
         Thread thread);
  ~Worker();  // joins; every run has ended
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Lets the thread take part in the run that has begun in a lane: with steps [first, end).
  void call(size_t lane, size_t first, size_t end);
  // Without a thread of its own: takes its steps of the run in a lane, if it was called, and waits
  // for the end of the run. On the processor's cores, without which the run fails; the caller has
  // his own again afterwards.
  void work_until_ended(size_t lane);

 private:
  void loop();
  void take_turn(uint32_t heard);
  Seat* oldest_ready();
  bool is_busy() const;
  void take_step(Seat& seat);
  void run(Lane& lane, const Step& step) noexcept;

  const engines::Processor& processor_;
  const std::span<Seat> seats_;
  Bell& bell_;
  const Patience patience_;
  double free_us_ = 0;  // when its last part ended, on the clock of now_us()
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace nnstretch::runtime
