// A compiled part timed by itself, with memory of its own: what `auto` compares engines by, and
// what a profile is made of. The parts of a comparison take turns, so that a disturbance hits all
// alike and each finds its core's caches as another part left them.
//     PartTimer timer(*compiled, graph, clock_of(processor));
//     timer.run();         // first runs allocate
//     timer.run_timed();
//     timer.best();
#pragma once
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/aligned.h"
#include "engines/engine.h"

namespace nnstretch::engines {

// What a part is timed by. An engine of one thread computes on the caller's: its CPU time is the
// same however busy the machine is. Else the time that passes.
using Clock = double (*)();
Clock clock_of(const Processor& processor);
// "CPU time" or "wall time".
std::string_view name_of(Clock clock);

// After a failure it stands still.
class PartTimer {
 public:
  PartTimer(const CompiledPart& part, const ir::Graph& graph, Clock clock);

  // On the processor's cores; all inputs are zeros.
  void run();
  void run_timed();
  // The least time so far in microseconds; nothing before the first timed run and after a failure.
  std::optional<double> best() const { return able() ? best_ : std::nullopt; }
  bool able() const { return failure_.empty(); }
  const std::string& failure() const { return failure_; }  // why it stands still

 private:
  void guarded(const auto& action) {
    try {
      action();
    } catch (const std::exception& error) {
      failure_ = error.what();
      if (failure_.empty()) failure_ = "it does not say why";
    }
  }

  Clock clock_;
  std::vector<AlignedBytes> inputs_, outputs_;
  std::unique_ptr<PartInstance> instance_;
  std::optional<double> best_;
  std::string failure_;
};

// What other parts leave of a part's weights in its core's own caches between two runs: nothing. A
// part that is only repeated is up to a tenth faster than in any network, and not by every engine.
class OtherWork {
 public:
  void run() {
    for (size_t at = 0; at < memory_.size(); at += AlignedBytes::kAlignment)
      sum_ = sum_ + std::to_integer<int>(memory_.data()[at]);
  }

 private:
  AlignedBytes memory_{8 << 20};
  volatile int sum_ = 0;
};

// Calls `work` on a thread of its own, bound to the processor's cores, and waits for it. What it
// throws is thrown; EngineError where the system refuses the cores.
void on_cores_of(const Processor& processor, const std::function<void()>& work);

}  // namespace nnstretch::engines
