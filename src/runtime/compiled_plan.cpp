#include "runtime/compiled_plan.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "runtime/standby.h"

namespace nnstretch::runtime {

CompiledPlan::CompiledPlan(Plan plan,
                           std::vector<std::shared_ptr<const engines::CompiledPart>> parts,
                           std::vector<CompileCost> costs)
    : plan_(std::move(plan)), parts_(std::move(parts)), costs_(std::move(costs)) {}

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
  for (const auto& part : parts_)
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

std::shared_ptr<const CompiledPlan> compile(Plan plan, const EngineFinder& find,
                                            const OnPart& on_part) {
  std::vector<std::shared_ptr<const engines::CompiledPart>> parts;
  std::vector<CompileCost> costs;
  for (const PlanPart& part : plan.parts) {
    const engines::Processor& processor = plan.processors.at(part.processor);
    if (on_part) on_part(part.name);
    const double begin_us = now_us();
    const int64_t before = resident_bytes();
    try {
      parts.push_back(find(processor.engine).compile(part.model, processor));
      if (plan.spare && plan.spare->device != processor.device)
        parts.back() =
            std::make_shared<StandbyPart>(parts.back(), part, processor, *plan.spare, find);
    } catch (const EngineError& error) {
      const Message& why = error.message();
      throw EngineError({.what = why.where.empty() ? why.what : why.where + ": " + why.what,
                         .where = fmt::format("{} on {}", part.name, processor.name),
                         .fix = why.fix});
    }
    costs.push_back({(now_us() - begin_us) / 1e6, resident_bytes() - before});
  }
  return std::make_shared<const CompiledPlan>(std::move(plan), std::move(parts), std::move(costs));
}

std::shared_ptr<const CompiledPlan> compile(Plan plan) {
  return compile(std::move(plan), engines::find_engine);
}

}  // namespace nnstretch::runtime
