// The workers of a compiled plan, one a processor, and the inferences they work on at the same
// time. With one lane it is what a Session runs on, with several what a Stream keeps full.
//
// A plan loads its processors unevenly: stem and head are one role's, and branches differ. Where
// processors are alike (plan/alike.h) they change places from lane to lane, so that with several
// inferences in flight each gets the same work: the same compiled parts, so the same bytes.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "runtime/lane.h"
#include "runtime/worker.h"

namespace nnstretch::runtime {

enum class Order {
  parallel,    // a part starts when its inputs exist and its worker is free
  sequential,  // one part after another, each still on its own worker: the same bytes
};

// ShapeError unless as many bytes are given as the network has.
void check_size(const char* what, size_t given, size_t wanted, const plan::Plan& plan);

// What the caller does while an inference runs.
enum class Caller {
  works,   // one of the workers has no thread but the caller's, in finish()
  sleeps,  // each worker has a thread of its own
};

// All calls but cancel() come from one thread at a time.
class Crew {
 public:
  // A lane for each of `memory`. Instantiates and binds every part, then starts the workers; if
  // something is thrown (as by Lane and Worker), nothing is left running.
  Crew(std::shared_ptr<const CompiledPlan> plan, Order order, Caller caller,
       const std::vector<Memory>& memory);
  ~Crew();  // cancels what is in flight

  const CompiledPlan& compiled() const { return *compiled_; }
  const plan::Plan& plan() const { return compiled_->plan(); }
  Order order() const { return order_; }
  size_t size() const { return lanes_.size(); }
  std::span<std::byte> input(size_t lane, size_t index);  // UsageError for a wrong index
  std::span<const std::byte> output(size_t lane, size_t index) const;

  // Begins an inference in a lane whose last one has ended. `entered_us`: when the caller came, so
  // that its copies are in the latency. Neither allocates nor locks, nor does finish().
  void start(size_t lane, double entered_us);
  // The same with one part only, while the other workers sleep.
  void start_alone(size_t lane, size_t part);
  // Waits for the end and takes the time. What failed is thrown by check().
  void finish(size_t lane);
  bool ended(size_t lane) const { return lanes_[lane].ended(); }
  void check(size_t lane) const { lanes_[lane].check(plan()); }
  // Any thread. The inference in this lane, if there is one, ends when the parts that run now have;
  // check() throws Cancelled.
  void cancel(size_t lane) { lanes_[lane].cancel(); }

  // Whose worker runs a part in this lane; in lane 0 it is always the plan's processor.
  size_t processor(size_t lane, size_t part) const { return lanes_[lane].parts[part].processor; }
  Timeline timeline(size_t lane) const;
  void set_latency(size_t lane, double us) { lanes_[lane].latency_us = us; }

 private:
  // Of each lane, of each part whose worker runs it.
  std::vector<std::vector<size_t>> deal_parts(size_t lanes) const;
  void take_seats(size_t lane);
  size_t callers_processor() const;
  void wait_until_ended(size_t lane);
  std::vector<size_t> comes_before(size_t part) const;

  std::shared_ptr<const CompiledPlan> compiled_;
  Order order_;
  std::deque<Lane> lanes_;
  std::deque<Bell> bells_;                        // by processor
  std::vector<std::vector<Seat>> seats_;          // by processor and lane
  uint64_t number_ = 0;                           // of the last inference that was started
  Worker* caller_ = nullptr;                      // the one without a thread of its own
  std::vector<std::unique_ptr<Worker>> workers_;  // last: they use all of the above until joined
};

}  // namespace nnstretch::runtime
