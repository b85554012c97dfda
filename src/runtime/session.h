// One inference at a time: a crew of one lane.
//     Session session(compile(plan));
//     session.run(image, logits);        // blocks; the same image always gives the same bytes
#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "runtime/crew.h"

namespace nnstretch::runtime {

class Session {
 public:
  // Instantiates and binds every part, then starts one thread a processor, bound to its cores; but
  // for one, which takes the caller's in run() and binds it so long: the last part's, or the last
  // that has cores.
  // EngineError naming the part or the cores a worker could not be bound to, ShapeError for memory
  // that does not fit; then nothing is left running.
  explicit Session(std::shared_ptr<const CompiledPlan> plan, Order order = Order::parallel,
                   const Memory& memory = {});

  const CompiledPlan& compiled() const { return crew_->compiled(); }
  const plan::Plan& plan() const { return crew_->plan(); }
  Order order() const { return crew_->order(); }

  // Memory of the network's inputs and outputs, to fill before run() and to read after it.
  std::span<std::byte> input(size_t index = 0) { return crew_->input(0, index); }
  std::span<const std::byte> output(size_t index = 0) const { return crew_->output(0, index); }

  // One inference on the memory of input(). EngineError names the part and the processor that
  // failed; then output() is unspecified, and the session stays usable. Allocates nothing but what
  // engines do, takes no lock. One caller at a time; several sessions may run at once.
  void run();
  // Copies in, runs, copies out; for networks of one input and one output. Sizes in bytes as in
  // the plan, ShapeError otherwise.
  void run(std::span<const std::byte> input, std::span<std::byte> output);
  // Any thread: a run() of another thread ends when the parts that run now have, and throws
  // Cancelled. Without one it does nothing. A part that runs is waited for, however long it takes.
  void cancel() { crew_->cancel(0); }
  // One part on its worker while the others sleep, on the values of the last run. Microseconds of
  // the engine's call. EngineError as run().
  double run_part_alone(size_t part);

  // Of the last run() or, with one part filled in, run_part_alone().
  Timeline timeline() const { return crew_->timeline(0); }

 private:
  void run(double entered_us);

  std::unique_ptr<Crew> crew_;
};

}  // namespace nnstretch::runtime
