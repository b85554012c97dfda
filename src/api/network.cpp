#include "nnstretch/network.h"

#include "api/impl.h"
#include "pipeline/bench.h"

namespace nnstretch {
namespace {

std::vector<TensorInfo> describe(const runtime::Plan& plan, const std::vector<size_t>& buffers) {
  std::vector<TensorInfo> infos;
  for (const size_t id : buffers)
    infos.push_back(api::describe(plan.buffers.at(id).value, plan.buffers.at(id).type));
  return infos;
}

}  // namespace

Network::Network(const Model& model, const CompileOptions& options) {
  const runtime::Plan plan = pipeline::plan_for(
      model.impl_->model,
      {.machine = options.machine,
       .engine = options.engine,
       .num_threads = options.num_threads,
       .core_affinity = options.core_affinity,
       .without = options.without,
       .strict = options.strict},
      options.goal == Goal::latency ? pipeline::Goal::latency : pipeline::Goal::throughput);
  impl_ = std::make_shared<const Impl>(Impl{runtime::compile(plan)});
}

Network::Network(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

std::vector<TensorInfo> Network::inputs() const {
  return describe(impl_->plan->plan(), impl_->plan->plan().inputs);
}
std::vector<TensorInfo> Network::outputs() const {
  return describe(impl_->plan->plan(), impl_->plan->plan().outputs);
}

std::vector<Part> Network::parts() const {
  std::vector<Part> parts;
  const runtime::Plan& plan = impl_->plan->plan();
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const engines::Processor& processor = plan.processors.at(plan.parts[i].processor);
    parts.push_back(
        {plan.parts[i].name, processor.name, impl_->plan->engine(i), processor.stand_in});
  }
  return parts;
}

std::vector<Fallback> Network::fallbacks() const {
  std::vector<Fallback> fallbacks;
  for (const runtime::Fallback& one : impl_->plan->fallbacks())
    fallbacks.push_back({one.op, one.reason, one.ran_on});
  return fallbacks;
}

std::vector<std::string> Network::notes() const {
  std::vector<std::string> notes = impl_->plan->plan().notes;
  for (std::string& note : impl_->plan->notes()) notes.push_back(std::move(note));
  return notes;
}

std::string Network::hash() const { return impl_->plan->hash(); }

}  // namespace nnstretch
