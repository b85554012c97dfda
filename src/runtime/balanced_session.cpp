#include "runtime/balanced_session.h"

#include "base/clock.h"
#include "base/error.h"

namespace nnstretch::runtime {
namespace {

std::vector<ir::TensorType> types(const plan::Plan& plan, const std::vector<size_t>& ids) {
  std::vector<ir::TensorType> types;
  for (const size_t id : ids) types.push_back(plan.buffers[id].type);
  return types;
}

void check_alike(const plan::Plan& first, const plan::Plan& other) {
  if (types(first, first.inputs) != types(other, other.inputs) ||
      types(first, first.outputs) != types(other, other.outputs))
    throw ShapeError({.what = "the plans have not the same inputs and outputs",
                      .where = other.network,
                      .fix = "make all of them from one network"});
}

// The given memory, or memory of one's own where none was given.
std::vector<std::span<std::byte>> memory_for(const plan::Plan& plan, const std::vector<size_t>& ids,
                                             const std::vector<std::span<std::byte>>& given,
                                             std::vector<AlignedBytes>& own) {
  if (!given.empty()) return given;
  std::vector<std::span<std::byte>> spans;
  for (const size_t id : ids)
    spans.push_back(own.emplace_back(plan.buffers[id].type.bytes()).bytes());
  return spans;
}

}  // namespace

BalancedSession::BalancedSession(const std::vector<std::shared_ptr<const CompiledPlan>>& plans,
                                 Order order, const Memory& memory, const BalancerOptions& options)
    : balancer_(plans.size(), options) {
  const plan::Plan& first = plans[0]->plan();
  const Memory common{memory_for(first, first.inputs, memory.inputs, own_),
                      memory_for(first, first.outputs, memory.outputs, own_)};
  for (const auto& plan : plans) {
    check_alike(first, plan->plan());
    sessions_.emplace_back(plan, order, common);
  }
}

void BalancedSession::timed(const auto& run) {
  last_ = balancer_.next();
  const bool on_trial = last_ != balancer_.present();
  const double begin = now_us();
  try {
    run(sessions_[last_]);
  } catch (const EngineError&) {  // whatever else is thrown says nothing of the plan
    balancer_.failed(last_);
    if (!on_trial) throw;
    return timed(run);  // the caller asked for no trial; inputs are as they were
  }
  balancer_.took(last_, now_us() - begin);
}

void BalancedSession::run() {
  timed([](Session& session) { session.run(); });
}

void BalancedSession::run(std::span<const std::byte> input, std::span<std::byte> output) {
  timed([&](Session& session) { session.run(input, output); });
}

void BalancedSession::cancel() {
  for (Session& session : sessions_) session.cancel();
}

}  // namespace nnstretch::runtime
