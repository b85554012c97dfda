#include "nnstretch/network.h"

#include "api/here.h"
#include "api/impl.h"
#include "measure/choose.h"

namespace nnstretch {
namespace {

std::vector<TensorInfo> describe(const plan::Plan& plan, const std::vector<size_t>& buffers) {
  std::vector<TensorInfo> infos;
  for (const size_t id : buffers)
    infos.push_back(api::describe(plan.buffers.at(id).value, plan.buffers.at(id).type));
  return infos;
}

std::optional<engines::Precision> arithmetic_of(std::optional<Precision> precision) {
  if (!precision) return std::nullopt;
  switch (*precision) {
    case Precision::f32:
      return engines::Precision::f32;
    case Precision::bf16:
      return engines::Precision::bf16;
    case Precision::int8:
      break;
  }
  return engines::Precision::int8;
}

}  // namespace

measure::Pick api::pick_of(PlanKind kind) {
  switch (kind) {
    case PlanKind::parts:
      return measure::Pick::parts;
    case PlanKind::whole:
      return measure::Pick::whole;
    case PlanKind::best:
      break;
  }
  return measure::Pick::best;
}

plan::Placing api::placing_of(const CompileOptions& options) {
  return {.machine = options.machine,
          .engine = options.engine,
          .arithmetic = arithmetic_of(options.arithmetic),
          .num_threads = options.num_threads,
          .core_affinity = options.core_affinity,
          .without = options.without,
          .strict = options.strict,
          .spread = options.spread};
}

Network::Network(const Model& model, const CompileOptions& options) {
  impl_ = api::made([&] {
    const plan::Surroundings here = api::here();
    const ir::Model& network = api::Access::of(model);
    const plan::Placing placing = api::placing_of(options);
    if (options.goal == Goal::throughput)
      return std::make_shared<const Impl>(
          runtime::compile(plan::plan_for(network, placing, here, plan::Goal::throughput), here));
    const measure::ChooseOptions how{.pick = api::pick_of(options.plan), .race = options.measure};
    return std::make_shared<const Impl>(measure::choose(network, placing, here, how).compiled);
  });
}

Network::Network(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

const Network::Impl& Network::impl() const { return api::behind(impl_, "network"); }

std::vector<TensorInfo> Network::inputs() const {
  return api::translated([&] {
    const plan::Plan& plan = impl().plan->plan();
    return describe(plan, plan.inputs);
  });
}
std::vector<TensorInfo> Network::outputs() const {
  return api::translated([&] {
    const plan::Plan& plan = impl().plan->plan();
    return describe(plan, plan.outputs);
  });
}

std::vector<Part> Network::parts() const {
  return api::translated([&] {
    std::vector<Part> parts;
    const runtime::CompiledPlan& compiled = *impl().plan;
    for (size_t i = 0; i < compiled.plan().parts.size(); ++i) {
      const plan::PlanPart& part = compiled.plan().parts[i];
      const engines::Processor& processor = compiled.plan().processors.at(part.processor);
      parts.push_back({part.name, processor.name, compiled.engine(i), processor.stand_in});
    }
    return parts;
  });
}

std::vector<Fallback> Network::fallbacks() const {
  return api::translated([&] {
    std::vector<Fallback> fallbacks;
    for (const plan::Fallback& one : impl().plan->fallbacks())
      fallbacks.push_back({one.op, one.reason, one.ran_on});
    return fallbacks;
  });
}

std::vector<std::string> Network::notes() const {
  return api::translated([&] {
    std::vector<std::string> notes = impl().plan->plan().notes;
    for (std::string& note : impl().plan->notes()) notes.push_back(std::move(note));
    return notes;
  });
}

std::string Network::hash() const {
  return api::translated([&] { return impl().plan->hash(); });
}

}  // namespace nnstretch
