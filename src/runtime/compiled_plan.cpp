#include "runtime/compiled_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "runtime/standby.h"

namespace nnstretch::runtime {

CompiledPlan::CompiledPlan(plan::Plan plan, plan::Surroundings here, Parts parts,
                           std::vector<CompileCost> costs, std::vector<Parts> copies)
    : plan_(std::move(plan)),
      here_(std::move(here)),
      parts_(std::move(parts)),
      costs_(std::move(costs)),
      copies_(std::move(copies)) {}

std::vector<std::string> CompiledPlan::notes() const {
  std::vector<std::string> notes;
  for (size_t i = 0; i < parts_.size(); ++i)
    for (const std::string& note : parts_[i]->notes())
      notes.push_back(fmt::format("{} on {}: {}", plan_.parts[i].name,
                                  plan_.processors[plan_.parts[i].processor].name, note));
  return notes;
}

std::vector<plan::Fallback> CompiledPlan::fallbacks() const {
  std::vector<plan::Fallback> fallbacks = plan_.fallbacks;
  const std::vector<Parts> all = copies_.empty() ? std::vector<Parts>{parts_} : copies_;
  for (const Parts& parts : all)
    for (const auto& part : parts)
      if (const auto* standby = dynamic_cast<const StandbyPart*>(part.get()))
        if (auto moved = standby->fallback()) fallbacks.push_back(*std::move(moved));
  return fallbacks;
}

namespace {

// Whether a part on it is made a StandbyPart, which belongs to its plan.
bool has_standby(const plan::Plan& plan, const engines::Processor& processor) {
  return plan.standby && plan.standby->device != processor.device;
}

// What a part is compiled for. One thread computes on its caller's, whichever core that is on.
engines::Processor kind_of(engines::Processor processor) {
  processor.name.clear(), processor.role.clear();
  processor.stand_in = false;
  if (processor.device == "cpu" && processor.threads == 1) processor.cores.clear();
  return processor;
}

}  // namespace

std::optional<size_t> CompiledPlan::same(const plan::PlanPart& part,
                                         const engines::Processor& processor) const {
  if (plan_.own_copies || has_standby(plan_, processor)) return {};
  for (size_t i = 0; i < parts_.size(); ++i) {
    const plan::PlanPart& mine = plan_.parts[i];
    if (mine.first_stage == part.first_stage && mine.branch == part.branch &&
        kind_of(plan_.processors[mine.processor]) == kind_of(processor) &&
        ir::content_hash(mine.model.graph, mine.model.weights) ==
            ir::content_hash(part.model.graph, part.model.weights))
      return i;
  }
  return {};
}

std::string CompiledPlan::hash() const {
  Hash hash;
  hash.add(plan_.hash());
  for (const auto& part : parts_) hash.add(part->engine());
  return hash.hex();
}

namespace {

std::shared_ptr<const engines::CompiledPart> compile_part(const plan::Plan& plan,
                                                          const plan::PlanPart& part,
                                                          const engines::Processor& processor,
                                                          const plan::Surroundings& here) {
  try {
    auto compiled = here.engines.find(processor.engine).compile(part.model, processor);
    if (!has_standby(plan, processor)) return compiled;
    return std::make_shared<StandbyPart>(std::move(compiled), part, processor, *plan.standby, here);
  } catch (const EngineError& error) {
    const Message& why = error.message();
    throw EngineError({.what = why.where.empty() ? why.what : why.where + ": " + why.what,
                       .where = fmt::format("{} on {}", part.name, processor.name),
                       .fix = why.fix});
  }
}

// Adds it if it is not there. One that is there with another precision is another processor: it has
// a name of its own, as what runs on it is told.
size_t index_of(plan::Plan& plan, engines::Processor processor) {
  const auto named = [&](const engines::Processor& p) { return p.name == processor.name; };
  auto found = std::find_if(plan.processors.begin(), plan.processors.end(), named);
  if (found != plan.processors.end() && found->precision != processor.precision) {
    processor.name += fmt::format("-{}", name_of(processor.precision));
    found = std::find_if(plan.processors.begin(), plan.processors.end(), named);
  }
  const auto index = static_cast<size_t>(found - plan.processors.begin());
  if (found == plan.processors.end()) plan.processors.push_back(std::move(processor));
  return index;
}

// The part on its own processor or, if that finds only now that it cannot have it, on the standby.
// Where every processor runs all parts, they are alike: what one refuses all do.
std::shared_ptr<const engines::CompiledPart> compile_somewhere(plan::Plan& plan,
                                                               plan::PlanPart& part,
                                                               const plan::Surroundings& here) {
  const engines::Processor own = plan.processors.at(part.processor);
  try {
    return compile_part(plan, part, own, here);
  } catch (const EngineError& error) {
    if (!plan.standby || plan.standby->name == own.name || plan.own_copies) throw;
    const engines::Processor standby = standby_for(own, *plan.standby);
    try {
      auto compiled = compile_part(plan, part, standby, here);
      part.processor = index_of(plan, standby);
      plan.fallbacks.push_back(
          {part.name, fmt::format("{} cannot compile it: {}", own.name, error.message().what),
           plan.processors[part.processor].name});
      return compiled;
    } catch (const EngineError& again) {
      throw failed_on_both(error.message(), standby, again.message());
    }
  }
}

// Those that have parts, in their order.
void leave_out_idle(plan::Plan& plan) {
  std::vector<engines::Processor> busy;
  std::vector<size_t> now(plan.processors.size());
  for (size_t p = 0; p < plan.processors.size(); ++p) {
    const auto is_here = [&](const plan::PlanPart& part) { return part.processor == p; };
    now[p] = busy.size();
    if (std::any_of(plan.parts.begin(), plan.parts.end(), is_here))
      busy.push_back(plan.processors[p]);
  }
  for (plan::PlanPart& part : plan.parts) part.processor = now[part.processor];
  plan.processors = std::move(busy);
}

// The part as each processor of the plan has it. All by one engine: they give the same bytes.
CompiledPlan::Parts copies_of(const plan::Plan& plan, const plan::PlanPart& part,
                              const std::shared_ptr<const engines::CompiledPart>& first,
                              const plan::Surroundings& here) {
  CompiledPlan::Parts copies;
  for (size_t p = 0; p < plan.processors.size(); ++p) {
    engines::Processor processor = plan.processors[p];
    processor.engine = first->engine();
    copies.push_back(p == part.processor ? first : compile_part(plan, part, processor, here));
  }
  return copies;
}

struct Made {
  std::shared_ptr<const engines::CompiledPart> part;
  CompileCost cost;  // where it was compiled
};

// What another plan has; nothing if none has it.
std::optional<Made> shared(const plan::Plan& plan, const plan::PlanPart& part,
                           std::span<const std::shared_ptr<const CompiledPlan>> others) {
  const engines::Processor& processor = plan.processors.at(part.processor);
  if (plan.own_copies || has_standby(plan, processor)) return {};
  for (const auto& other : others)
    if (other)
      if (const auto index = other->same(part, processor))
        return Made{other->shared_part(*index), other->compile_cost(*index)};
  return {};
}

}  // namespace

std::shared_ptr<const CompiledPlan> compile(
    plan::Plan plan, const plan::Surroundings& here, const OnPart& on_part,
    std::span<const std::shared_ptr<const CompiledPlan>> others) {
  CompiledPlan::Parts parts;
  std::vector<CompileCost> costs;
  std::vector<CompiledPlan::Parts> copies(plan.own_copies ? plan.processors.size() : 0);
  for (plan::PlanPart& part : plan.parts) {
    if (auto made = shared(plan, part, others)) {
      parts.push_back(std::move(made->part));
      costs.push_back(made->cost);
      continue;
    }
    if (on_part) on_part(part.name, plan.processors[part.processor].engine);
    const double begin_us = now_us();
    const int64_t before = resident_bytes();
    parts.push_back(compile_somewhere(plan, part, here));
    if (plan.own_copies) {
      const auto of_each = copies_of(plan, part, parts.back(), here);
      for (size_t p = 0; p < of_each.size(); ++p) copies[p].push_back(of_each[p]);
    }
    const int64_t after = resident_bytes();
    costs.push_back({(now_us() - begin_us) / 1e6,
                     before && after ? std::optional(after - before) : std::nullopt});
  }
  if (!plan.own_copies) leave_out_idle(plan);
  return std::make_shared<const CompiledPlan>(std::move(plan), here, std::move(parts),
                                              std::move(costs), std::move(copies));
}

}  // namespace nnstretch::runtime
