// What explains the latency of a network, timed in turns with its runs: the whole network as one
// part, the fastest plan, what cutting costs, and the anchor.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "measure/anchor.h"
#include "measure/choose.h"
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
  // An anchor on these cores alone, until more is given. `input` of the network; empty: zeros.
  Beside(std::vector<int> cores, std::span<const std::byte> input)
      : input_(input), anchor_(std::move(cores)) {}
  void add_baseline(std::shared_ptr<const runtime::CompiledPlan> whole);
  // Not timed again if it is the baseline or, as `is_timed` says, the plan that is timed.
  void add_best(const Chosen& best, bool is_timed);
  // Compiles what it needs. EngineError.
  void add_split_tax(const ir::Model& model,
                     const std::shared_ptr<const runtime::CompiledPlan>& plan);

  // Before the first round.
  void begin() { anchor_.time(); }
  // Its turn in a round; `on_step` is told what begins. EngineError as Session::run().
  void time(Round round, const OnStep& on_step);

  std::optional<Baseline> baseline() const;
  // `timed`: the latency of the plan that is timed.
  std::optional<BestPlan> best(const Statistics& timed) const;
  SplitTax split_tax() const { return tax_ ? tax_->result() : SplitTax(); }
  std::optional<double> anchor_drift() const { return anchor_.drift(); }

 private:
  // A plan, and its times in all rounds.
  struct Timed {
    std::unique_ptr<runtime::Session> session;
    std::vector<double> us;
  };
  Timed made(std::shared_ptr<const runtime::CompiledPlan> compiled) const;
  void time(Timed& plan, Round round) const;

  std::span<const std::byte> input_;
  Anchor anchor_;
  std::optional<Timed> baseline_, best_;
  std::optional<BestPlan> best_told_;
  bool best_is_baseline_ = false;
  std::optional<SplitTaxTimer> tax_;
};

}  // namespace nnstretch::measure
