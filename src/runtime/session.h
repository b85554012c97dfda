// A compiled plan with its workers: one thread per processor, bound to the processor's cores,
// started and joined by the session.
//     Session session(compile(plan));
//     session.run(image, logits);        // blocks; the same image always gives the same bytes
#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "runtime/compiled_plan.h"
#include "runtime/timeline.h"

namespace nnstretch::runtime {

enum class Order {
  parallel,    // a part starts when its inputs exist and its worker is free
  sequential,  // one part after another, each still on its own worker: the same bytes
};

class Session {
 public:
  // Instantiates and binds every part, then starts the workers. EngineError naming the part or the
  // cores a worker could not be bound to; then nothing is left running.
  explicit Session(std::shared_ptr<const CompiledPlan> plan, Order order = Order::parallel);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const CompiledPlan& compiled() const;
  const Plan& plan() const { return compiled().plan(); }
  Order order() const;

  // Memory of the network's inputs and outputs, to fill before run() and to read after it.
  std::span<std::byte> input(size_t index = 0);
  std::span<const std::byte> output(size_t index = 0) const;

  // One inference on the memory of input(). EngineError names the part and the processor that
  // failed; then output() is unspecified, and the session stays usable. Allocates nothing, takes no
  // lock. One caller at a time; several sessions may run at once.
  void run();
  // Copies in, runs, copies out; for networks of one input and one output. Sizes in bytes as in
  // the plan, ShapeError otherwise.
  void run(std::span<const std::byte> input, std::span<std::byte> output);
  // One part on its worker while the others sleep, on the values of the last run. Microseconds of
  // the engine's call. EngineError as run().
  double run_part_alone(size_t part);

  // Of the last run() or, with one part filled in, run_part_alone().
  Timeline timeline() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nnstretch::runtime
