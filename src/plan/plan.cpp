#include "plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/hash.h"
#include "plan/alike.h"
#include "plan/assign.h"
#include "plan/plan_parts.h"

namespace nnstretch::plan {
namespace {

void add(Hash& hash, const std::vector<size_t>& numbers) {
  hash.add(std::as_bytes(std::span(numbers)));
}

}  // namespace

std::string Plan::hash() const {
  Hash hash;
  for (const engines::Processor& p : processors)
    hash.add(fmt::format("{} {} {} {} {}", p.engine, p.device, fmt::join(p.cores, ","), p.threads,
                         name_of(p.precision)));
  for (const PlanPart& part : parts) {
    hash.add(ir::content_hash(part.model.graph, part.model.weights));
    add(hash, {part.processor});
    for (const auto* list : {&part.inputs, &part.outputs, &part.after}) add(hash, *list);
  }
  for (const PlanBuffer& buffer : buffers)
    if (buffer.inside) add(hash, {buffer.inside->buffer, buffer.inside->offset});
  add(hash, inputs);
  add(hash, outputs);
  return hash.hex();
}

Plan make_plan(const ir::Model& model, const Machine& machine, const Surroundings& here,
               const PlanOptions& options) {
  if (machine.processors.empty())
    throw ConfigError({.what = "the machine has no processors", .fix = "write a machine file"});
  return assign_roles(model, machine, here, options);
}

Plan make_throughput_plan(const ir::Model& model, const Machine& machine, const Surroundings& here,
                          const PlanOptions& options) {
  Plan plan = make_plan(model, machine, here, options);
  const size_t count = plan.processors.size();
  if (count == 1 || alike(plan.processors, here.topology)[0].size() != count) return plan;
  Plan whole = make_whole_plan(model, plan.processors[0]);
  whole.own_copies = true;
  whole.processors = plan.processors;  // a stream's requests take them in turn
  whole.fallbacks = plan.fallbacks;
  whole.notes = plan.notes;
  whole.notes.push_back(
      fmt::format("{} processors that are alike: each runs whole networks", count));
  whole.standby = plan.standby;
  return whole;
}

Plan make_whole_plan(const ir::Model& model, const engines::Processor& processor) {
  Assignment all;
  for (const ir::Node& node : model.graph.nodes()) all.roles[node.at.role] = 0;
  return lay_out(model, partition(model.graph, all), {processor});
}

Plan on_one_processor(const Plan& plan, const engines::Processor& processor) {
  Plan moved = plan;
  moved.processors = {processor};
  for (PlanPart& part : moved.parts) part.processor = 0;
  moved.fallbacks.clear();
  moved.standby.reset();
  return moved;
}

}  // namespace nnstretch::plan
