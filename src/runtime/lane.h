// One inference on its way: memory of its own, an instance of every part, and how far it is. A crew
// (runtime/crew.h) has as many lanes as inferences may be in flight.
#pragma once
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "runtime/bell.h"
#include "runtime/compiled_plan.h"
#include "runtime/timeline.h"

namespace nnstretch::runtime {

// Memory of the caller for the network's inputs and outputs, used in place. None given: the lane's
// own. Each begins at a multiple of 64 bytes and outlives the lane; an output shares no byte with
// another tensor. Engines may read, not write, up to 64 bytes past the end of an input.
struct Memory {
  std::vector<std::span<std::byte>> inputs = {}, outputs = {};
};

// A part in a lane. Written by its worker during a run, by nobody between runs.
struct alignas(64) PartState {
  std::unique_ptr<engines::PartInstance> instance;
  size_t processor = 0;  // whose worker it is
  PartTiming timing;
  std::atomic<uint64_t> done = 0;  // number of the last run in which it ended or was left out
};

class Lane {
  std::vector<AlignedBytes> own_;  // first, so that it outlives the instances bound to it

 public:
  // Instantiates and binds every part, each for one of `processors`. EngineError naming the part;
  // ShapeError for memory that does not fit: number, size, alignment, what it shares.
  Lane(const CompiledPlan& plan, const std::vector<size_t>& processors, const Memory& given);

  std::span<std::byte> buffer(size_t id) const { return buffers_.at(id); }

  // The caller, between runs.
  void begin(uint64_t number, double begin_us, size_t workers, bool alone);
  // Any thread: parts that have not begun are left out.
  void cancel();
  // The caller: until all workers have left the run. `spin_us`: how long it keeps its core before
  // it sleeps; 0 where that may be a worker's.
  void wait_until_ended(double spin_us);
  bool ended() const { return working_.load(std::memory_order_acquire) == 0; }
  // After the end. EngineError naming the part and processor that failed first, Cancelled.
  void check(const plan::Plan& plan) const;

  // Workers, during a run.
  bool broken() const { return broken_.load(std::memory_order_acquire) != kWhole; }
  void fail(size_t part, std::exception_ptr why) noexcept;
  void leave();

  uint64_t number = 0;           // of the run, in the crew; written by begin()
  double begin_us = 0;           // on the clock of now_us(); written by begin()
  double latency_us = 0;         // until the caller had control again; written by the caller
  bool alone = false;            // one part only, on the values of the last run; written by begin()
  std::vector<PartState> parts;  // as in the plan

 private:
  static constexpr int kWhole = -1, kCancelled = -2;

  std::vector<std::span<std::byte>> buffers_;
  alignas(64) std::atomic<uint32_t> working_ = 0;  // workers that have not left the run
  std::atomic<int> broken_ = kWhole;               // or the first part that threw, or kCancelled
  std::exception_ptr failure_;                     // what it threw
  Bell ended_;                                     // rung when the last worker has left
};

}  // namespace nnstretch::runtime
