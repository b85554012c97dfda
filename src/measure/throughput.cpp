#include "measure/throughput.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/clock.h"
#include "base/error.h"
#include "runtime/session.h"
#include "runtime/stream.h"

namespace nnstretch::measure {
namespace {

using engines::Processor;
using runtime::Session;
using runtime::Stream;

// The whole network on one core; null, and why in `remark`, if there is no such core or engine.
std::unique_ptr<Session> on_one_core(const ir::Model& model, const runtime::CompiledPlan& wide,
                                     std::string& remark) {
  const plan::Plan& plan = wide.plan();
  Processor one = plan.processors.at(plan.parts.at(0).processor);
  if (one.cores.empty()) {
    remark = fmt::format("{} is not bound to cores", one.name);
    return nullptr;
  }
  one.cores.resize(1);
  one.threads = 1;
  one.engine = "auto";
  try {
    const auto compiled = runtime::compile(plan::make_whole_plan(model, one), wide.here());
    remark = fmt::format("{} on {}", compiled->engine(0), one.name);
    return std::make_unique<Session>(compiled);
  } catch (const EngineError& error) {
    remark = error.what();
    return nullptr;
  }
}

template <class Round>
double request_us(Round round, int requests) {
  const double begin = now_us();
  round();
  return (now_us() - begin) / requests;
}

}  // namespace

std::optional<double> Throughput::ratio() const {
  if (!one_core_us) return std::nullopt;
  return *one_core_us / request_us;
}

Throughput throughput(const ir::Model& model, std::shared_ptr<const runtime::CompiledPlan> plan,
                      const ThroughputOptions& options) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const int requests = std::max(options.requests, 1);
  Throughput result{.in_flight = options.in_flight, .request_us = kNever, .one_core_us = {}};
  const auto whole = on_one_core(model, *plan, result.one_core);
  // An answer that failed throws here.
  Stream stream(plan, options.in_flight, [](const runtime::Answer& answer) { answer.output(); });
  std::vector<std::vector<std::byte>> zeros;
  for (const size_t id : plan->plan().inputs)
    zeros.emplace_back(plan->plan().buffers[id].type.bytes());
  const std::vector<std::span<const std::byte>> inputs(zeros.begin(), zeros.end());
  double one_core = kNever;
  for (int round = 0; round <= options.rounds; ++round) {
    const double here = request_us(
        [&] {
          for (int i = 0; i < requests; ++i) stream.submit(inputs);
          stream.wait_all();
        },
        requests);
    const double there = whole ? request_us(
                                     [&] {
                                       for (int i = 0; i < requests; ++i) whole->run();
                                     },
                                     requests)
                               : kNever;
    if (round == 0) continue;  // warms up
    result.request_us = std::min(result.request_us, here);
    one_core = std::min(one_core, there);
  }
  if (whole) result.one_core_us = one_core;
  return result;
}

}  // namespace nnstretch::measure
