#include "runtime/compiled_plan.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "runtime/standby.h"

namespace nnstretch::runtime {

CompiledPlan::CompiledPlan(Plan plan, Parts parts, std::vector<CompileCost> costs,
                           std::vector<Parts> copies)
    : plan_(std::move(plan)),
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

std::vector<Fallback> CompiledPlan::fallbacks() const {
  std::vector<Fallback> fallbacks = plan_.fallbacks;
  const std::vector<Parts> all = copies_.empty() ? std::vector<Parts>{parts_} : copies_;
  for (const Parts& parts : all)
    for (const auto& part : parts)
      if (const auto* standby = dynamic_cast<const StandbyPart*>(part.get()))
        if (auto moved = standby->fallback()) fallbacks.push_back(*std::move(moved));
  return fallbacks;
}

std::string CompiledPlan::hash() const {
  Hash hash;
  hash.add(plan_.hash());
  for (const auto& part : parts_) hash.add(part->engine());
  return hash.hex();
}

namespace {

std::shared_ptr<const engines::CompiledPart> compile_part(const Plan& plan, const PlanPart& part,
                                                          const engines::Processor& processor,
                                                          const EngineFinder& find) {
  try {
    auto compiled = find(processor.engine).compile(part.model, processor);
    if (!plan.spare || plan.spare->device == processor.device) return compiled;
    return std::make_shared<StandbyPart>(std::move(compiled), part, processor, *plan.spare, find);
  } catch (const EngineError& error) {
    const Message& why = error.message();
    throw EngineError({.what = why.where.empty() ? why.what : why.where + ": " + why.what,
                       .where = fmt::format("{} on {}", part.name, processor.name),
                       .fix = why.fix});
  }
}

// The part as each processor of the plan has it. All by one engine: they give the same bytes.
CompiledPlan::Parts copies_of(const Plan& plan, const PlanPart& part,
                              const std::shared_ptr<const engines::CompiledPart>& first,
                              const EngineFinder& find) {
  CompiledPlan::Parts copies;
  for (size_t p = 0; p < plan.processors.size(); ++p) {
    engines::Processor processor = plan.processors[p];
    processor.engine = first->engine();
    copies.push_back(p == part.processor ? first : compile_part(plan, part, processor, find));
  }
  return copies;
}

}  // namespace

std::shared_ptr<const CompiledPlan> compile(Plan plan, const EngineFinder& find,
                                            const OnPart& on_part) {
  CompiledPlan::Parts parts;
  std::vector<CompileCost> costs;
  std::vector<CompiledPlan::Parts> copies(plan.own_copies ? plan.processors.size() : 0);
  for (const PlanPart& part : plan.parts) {
    if (on_part) on_part(part.name);
    const double begin_us = now_us();
    const int64_t before = resident_bytes();
    parts.push_back(compile_part(plan, part, plan.processors.at(part.processor), find));
    if (plan.own_copies) {
      const auto of_each = copies_of(plan, part, parts.back(), find);
      for (size_t p = 0; p < of_each.size(); ++p) copies[p].push_back(of_each[p]);
    }
    costs.push_back({(now_us() - begin_us) / 1e6, resident_bytes() - before});
  }
  return std::make_shared<const CompiledPlan>(std::move(plan), std::move(parts), std::move(costs),
                                              std::move(copies));
}

std::shared_ptr<const CompiledPlan> compile(Plan plan) {
  return compile(std::move(plan), engines::find_engine);
}

}  // namespace nnstretch::runtime
