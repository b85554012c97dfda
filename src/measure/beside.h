// What explains the latency of a network, timed in turns with its runs: the whole network as one
// part, what cutting it costs, and the anchor.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measure/anchor.h"
#include "measure/latency.h"
#include "measure/result.h"
#include "measure/split_tax.h"
#include "plan/placing.h"

namespace nnstretch::measure {

// The whole network as one part, with as many threads as the plan uses cores; of a plan on one
// processor alone, as it might have had. As the plan's CPU computes, like with like; the plan's
// first processor where it has none.
plan::Plan baseline_plan(const ir::Model& model, const runtime::CompiledPlan& compiled,
                         const plan::Placing& placing);

class Beside {
 public:
  struct Options {
    int runs = 50, warmup = 5;              // of the baseline, as the network's own
    std::span<const std::byte> input = {};  // of the network; empty: zeros
  };

  // An anchor on these cores alone, until the others are given.
  explicit Beside(std::vector<int> cores) : anchor_(std::move(cores)) {}
  // Compiles what the split tax needs. EngineError.
  void add(const ir::Model& model, const runtime::CompiledPlan& plan,
           std::shared_ptr<const runtime::CompiledPlan> baseline, const Options& options);

  // Before the first round.
  void begin() { anchor_.time(); }
  // Its turn in a round; `on_step` is told what begins. EngineError as Session::run().
  void time(Round round, const std::function<void(const std::string&)>& on_step);

  std::optional<Baseline> baseline() const;
  SplitTax split_tax() const { return tax_ ? tax_->result() : SplitTax(); }
  std::optional<double> anchor_drift() const { return anchor_.drift(); }

 private:
  void time_whole(Round round);

  Options options_;
  Anchor anchor_;
  std::unique_ptr<runtime::Session> whole_;
  std::vector<double> whole_us_;
  std::optional<SplitTaxTimer> tax_;
};

}  // namespace nnstretch::measure
