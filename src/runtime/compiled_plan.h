// A plan whose parts are compiled: code and weights, immutable, shared by any number of sessions.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace nnstretch::runtime {

// What it took to compile a part, with its copies.
struct CompileCost {
  double seconds = 0;
  // By which the process grew meanwhile, code and weights mostly; less than 0 where engines gave
  // back more than they took. Nothing where the system does not tell.
  std::optional<int64_t> resident_bytes = {};
};

class CompiledPlan {
 public:
  using Parts = std::vector<std::shared_ptr<const engines::CompiledPart>>;

  // `costs` as many as parts. `copies`: of each processor its own, if the plan wants them.
  CompiledPlan(plan::Plan plan, plan::Surroundings here, Parts parts,
               std::vector<CompileCost> costs, std::vector<Parts> copies = {});

  const plan::Plan& plan() const { return plan_; }
  const plan::Surroundings& here() const { return here_; }  // that it was compiled in
  // As `processor` runs it: the plan's, or one that is alike.
  const engines::CompiledPart& part(size_t index, size_t processor) const {
    return *(copies_.empty() ? parts_ : copies_.at(processor)).at(index);
  }
  // The engine that compiled a part; where the processor said `auto`, the one that was chosen.
  std::string engine(size_t index) const { return parts_.at(index)->engine(); }
  // The index of the part that does this work on such a processor, if there is one.
  std::optional<size_t> same(const plan::PlanPart& part, const engines::Processor& processor) const;
  const std::shared_ptr<const engines::CompiledPart>& shared_part(size_t index) const {
    return parts_.at(index);
  }
  const CompileCost& compile_cost(size_t index) const { return costs_.at(index); }
  // What engines have to say, each "PART on PROCESSOR: note".
  std::vector<std::string> notes() const;
  // The plan's, and those of parts whose processor failed since, so far.
  std::vector<plan::Fallback> fallbacks() const;
  // Plan::hash() and the engines: the same digest means the same bytes.
  std::string hash() const;

 private:
  plan::Plan plan_;
  plan::Surroundings here_;  // first: engines outlive their parts
  Parts parts_;
  std::vector<CompileCost> costs_;
  std::vector<Parts> copies_;
};

// Called before each part with its name and who is to compile it; for progress.
using OnPart = std::function<void(std::string_view part, std::string_view engine)>;

// Compiles part after part on the calling thread, which must not be bound to cores. What its
// processor refuses only now goes to the plan's standby, with a Fallback that says why.
// EngineError names the part, the processor and the engine's reason. Parts on other devices than
// the plan's standby processor are made StandbyParts (runtime/standby.h). Parts that `others` have
// too are shared with them, not compiled again: for plans that run in turns, since an engine may
// let one wait for another that uses the same compiled part.
std::shared_ptr<const CompiledPlan> compile(
    plan::Plan plan, const plan::Surroundings& here, const OnPart& on_part = {},
    std::span<const std::shared_ptr<const CompiledPlan>> others = {});

}  // namespace nnstretch::runtime
