// The thread of one processor. It sleeps until a run begins, then runs the parts of its processor
// in the plan's order, each when the parts it waits for are done.
#pragma once
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "engines/engine.h"
#include "runtime/signal.h"
#include "runtime/timeline.h"

namespace nnstretch::runtime {

// A part in a session. Written by its worker during a run, by nobody between runs.
struct PartState {
  std::unique_ptr<engines::PartInstance> instance;
  PartTiming timing;
  Signal done;  // the number of the last run in which it ended (or was left out after a failure)
};

// What workers and the caller share. The caller writes the first three before a run begins.
struct RunState {
  static constexpr int kAll = -1, kNone = -1;

  uint32_t number = 0;  // of the run, from 1
  double begin_us = 0;
  int only = kAll;                                // the part to run alone
  alignas(64) std::atomic<uint32_t> working = 0;  // workers that have not finished
  std::atomic<int> failed = kNone;                // the first part that threw
  std::exception_ptr failure;                     // what it threw
  Signal finished;                                // the number of the last run that ended
};

struct Step {
  size_t index;  // of the part in the plan
  PartState* part;
  std::vector<Signal*> waits;  // parts of other workers that come first
};

// How long a waiting thread keeps its core before it sleeps.
struct Patience {
  double within_run_us = 0, between_runs_us = 0;
};

class Worker {
 public:
  // Starts the thread. EngineError if it cannot be bound to the processor's cores.
  Worker(const engines::Processor& processor, std::vector<Step> steps, RunState& run,
         Patience patience);
  ~Worker();  // joins
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Lets the thread take part in run `number`.
  void begin(uint32_t number) { go_.publish(number); }
  bool owns(size_t part) const;

 private:
  void loop();
  void take_part();
  void run(const Step& step) noexcept;

  const std::vector<Step> steps_;
  RunState& run_;
  const Patience patience_;
  std::atomic<bool> stop_ = false;
  Signal go_;
  std::thread thread_;
};

}  // namespace nnstretch::runtime
