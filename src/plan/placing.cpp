#include "plan/placing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/tell_once.h"

namespace nnstretch::plan {
namespace {

Machine all_of_machine(const std::vector<std::string>& roles, const Placing& placing,
                       const Surroundings& here) {
  if (!placing.machine.empty()) return read_machine(placing.machine, here);
  here.engines.find(placing.engine);  // a name that is none is an error, no reason to fall back
  DiscoverOptions how{.num_threads = placing.num_threads,
                      .cores = std::nullopt,
                      .engine = placing.engine,
                      .precision = placing.arithmetic.value_or(engines::Precision::int8)};
  if (!placing.core_affinity.empty()) how.cores = parse_core_mask(placing.core_affinity);
  return discover(roles, how, here);
}

}  // namespace

void check(const Placing& placing) {
  if (placing.machine.empty()) return;
  const Placing none;
  const auto refuse = [&](const char* option) {
    throw UsageError(
        {.what = fmt::format("`{}` contradicts the machine file, which says it itself", option),
         .where = placing.machine.string(),
         .fix = fmt::format("leave out `{}`, or change the file", option)});
  };
  if (placing.engine != none.engine) refuse("engine");
  if (placing.num_threads != none.num_threads) refuse("num_threads");
  if (!placing.core_affinity.empty()) refuse("core_affinity");
  if (placing.arithmetic) refuse("arithmetic");
}

std::vector<Option> options_of(const Placing& placing) {
  const Placing none;
  std::vector<Option> options;
  const auto add = [&](const char* name, std::string value) {
    options.push_back({name, std::move(value)});
  };
  if (!placing.machine.empty()) add("machine", placing.machine);
  if (placing.engine != none.engine) add("engine", placing.engine);
  if (placing.arithmetic.value_or(engines::Precision::int8) != engines::Precision::int8)
    add("arithmetic", std::string(name_of(*placing.arithmetic)));
  if (placing.num_threads) add("num_threads", std::to_string(placing.num_threads));
  if (!placing.core_affinity.empty()) add("core_affinity", placing.core_affinity);
  for (const std::string& processor : placing.without) add("without", processor);
  if (placing.strict) add("strict", "");
  if (!placing.spread) add("no_spread", "");
  return options;
}

std::vector<std::string> words_of(const std::vector<Option>& options) {
  std::vector<std::string> words;
  for (const auto& [name, value] : options)
    words.push_back(value.empty() ? "--" + name : fmt::format("--{}={}", name, value));
  return words;
}

std::string digest(const Placing& placing) {
  Placing by_content = placing;
  by_content.machine.clear();
  Hash hash;
  for (const auto& [name, value] : options_of(by_content)) hash.add(name).add(value);
  if (!placing.machine.empty()) hash.add(read_bytes(placing.machine));
  return hash.hex();
}

std::vector<int> cores_of(const Placing& placing, const Surroundings& here) {
  auto cores =
      placing.core_affinity.empty() ? here.cores() : parse_core_mask(placing.core_affinity);
  if (placing.num_threads > 0 && cores.size() > static_cast<size_t>(placing.num_threads))
    cores.resize(static_cast<size_t>(placing.num_threads));
  return cores;
}

Machine machine_for(const std::vector<std::string>& roles, const Placing& placing,
                    const Surroundings& here) {
  check(placing);
  if (const auto quota = said_of_quota(here.topology); !quota.empty()) tell_once(quota);
  return without(all_of_machine(roles, placing, here), placing.without);
}

Machine machine_for(const ir::Graph& graph, const Placing& placing, const Surroundings& here) {
  return machine_for(roles_of(graph), placing, here);
}

Plan plan_for(const ir::Model& model, const Placing& placing, const Surroundings& here, Goal goal) {
  if (placing.arithmetic == engines::Precision::int8 && !ir::is_quantised(model.graph))
    throw UsageError({.what = "a network in float is not computed in int8",
                      .where = "`arithmetic`",
                      .fix = "leave it out, or give a network in int8"});
  const Machine machine = machine_for(model.graph, placing, here);
  const PlanOptions how{.strict = placing.strict, .spread = placing.spread};
  return goal == Goal::latency ? make_plan(model, machine, here, how)
                               : make_throughput_plan(model, machine, here, how);
}

}  // namespace nnstretch::plan
