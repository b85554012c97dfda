#include "plan/candidates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

#include "ir/passes/to_float.h"
#include "plan/alike.h"

namespace nnstretch::plan {
namespace {

using engines::Processor;

// Processors for a whole network: of those that are alike the first, and all their cores as one.
class WholeProcessors {
 public:
  WholeProcessors(const Machine& machine, const Placing& placing, const Surroundings& here)
      : machine_(machine), here_(here) {
    if (placing.machine.empty() && placing.without.empty()) more_cores_ = cores_of(placing, here);
    if (placing.num_threads > 0) most_ = static_cast<size_t>(placing.num_threads);
  }

  std::vector<Processor> all() const {
    std::vector<Processor> processors;
    const auto groups = alike(machine_.processors, here_.topology);
    for (size_t i = 0; i < groups.size(); ++i) {
      if (groups[i][0] != i) continue;
      processors.push_back(machine_.processors[i]);
      Processor together = machine_.processors[i];
      together.cores = together_of(groups[i]);
      together.threads = static_cast<int>(together.cores.size());
      if (together.threads <= processors.back().threads) continue;
      together.name = fmt::format("{} cores", together.cores.size());
      processors.push_back(std::move(together));
    }
    return processors;
  }

 private:
  // The cores of a group and, without a machine file, all others of their kind.
  std::vector<int> together_of(const std::vector<size_t>& group) const {
    std::set<int> cores;
    for (const size_t i : group)
      cores.insert(machine_.processors[i].cores.begin(), machine_.processors[i].cores.end());
    if (machine_.processors[group[0]].device != "cpu" || cores.empty()) return {};
    const auto capacity = [&](int id) {
      const Core* core = here_.topology.find(id);
      return core ? core->capacity : 0;
    };
    const int kind = capacity(*cores.begin());
    for (const int id : more_cores_)
      if (capacity(id) == kind && cores.size() < most_) cores.insert(id);
    return {cores.begin(), cores.end()};
  }

  const Machine& machine_;
  const Surroundings& here_;
  std::vector<int> more_cores_;
  size_t most_ = std::numeric_limits<size_t>::max();  // cores together
};

bool takes(const engines::Engine& engine, const ir::Graph& graph, const Processor& processor) {
  const auto devices = engine.devices();
  const bool usable = std::ranges::any_of(devices, [&](const engines::DeviceInfo& device) {
    return device.usable && device.name == processor.device;
  });
  if (!usable) return false;
  const engines::Support support = engine.supports(graph, processor);
  return support.complete() && support.caution.empty();
}

// Parts of a machine with one processor are one part, which is there already.
bool is_whole_on(const Plan& plan, const Processor& by) {
  const Processor& on = plan.processors[0];
  return plan.parts.size() == 1 && on.engine == by.engine && on.device == by.device &&
         on.cores == by.cores && on.threads == by.threads && on.precision == by.precision;
}

std::vector<std::string> engines_for(const ir::Graph& graph, const Processor& processor,
                                     const engines::EngineList& list) {
  if (processor.engine != "auto") {
    if (takes(list.find(processor.engine), graph, processor)) return {processor.engine};
    return {};
  }
  std::vector<std::string> names;
  for (const auto& engine : list.raced())
    if (takes(*engine, graph, processor)) names.push_back(engine->name());
  return names;
}

}  // namespace

std::string_view name_of(Kind kind) { return kind == Kind::parts ? "parts" : "whole"; }

std::vector<Candidate> candidates(const ir::Model& model, const Placing& placing,
                                  const Surroundings& here) {
  const Machine machine = machine_for(model.graph, placing, here);
  std::vector<Candidate> all = {{"parts", Kind::parts, plan_for(model, placing, here)}};
  if (all[0].plan.parts.size() == 1) all[0].kind = Kind::whole;
  if (placing.spread) {
    Placing plain = placing;
    plain.spread = false;
    Plan plan = plan_for(model, plain, here);
    if (plan.hash() != all[0].plan.hash())
      all.push_back({"parts, not spread", Kind::parts, std::move(plan)});
  }
  const ir::Model in_float = ir::to_float(model);
  const auto roles = roles_of(model.graph);
  for (Processor& processor : WholeProcessors(machine, placing, here).all()) {
    const bool int8 = processor.precision == engines::Precision::int8;
    for (std::string& engine :
         engines_for((int8 ? model : in_float).graph, processor, here.engines)) {
      Processor by = processor;
      by.engine = std::move(engine);
      if (is_whole_on(all[0].plan, by)) continue;
      Plan plan = make_whole_plan(model, by);
      if (roles.size() > 1)
        plan.notes.push_back(
            fmt::format("the whole network is one part on {}: its roles {} are given up", by.name,
                        fmt::join(roles, ", ")));
      all.push_back(
          {fmt::format("whole on {} by {}", by.name, by.engine), Kind::whole, std::move(plan)});
    }
  }
  return all;
}

}  // namespace nnstretch::plan
