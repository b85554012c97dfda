// How many inferences a second a plan gives when several are in flight.
#pragma once
#include <optional>
#include <string>

#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

struct ThroughputOptions {
  size_t in_flight = 4;
  int requests = 50;  // of a round
  int rounds = 10;
};

struct Throughput {
  size_t in_flight = 0;
  double request_us = 0;  // time of a round / its requests; minimum over rounds
  // The same on one core: the whole network as one part, one request after another.
  std::optional<double> one_core_us = {};
  std::string one_core = {};  // engine and processor, or the reason why there is no such figure

  double per_second() const { return 1e6 / request_us; }
  // How many times the requests of one core; nothing if that is not known.
  std::optional<double> ratio() const;
};

// Rounds on the plan and on one core take turns. The core is that of the plan's first part, the
// engine the fastest there. All inputs are zeros.
// EngineError as Session::run(), UsageError as Stream.
Throughput throughput(const ir::Model& model, std::shared_ptr<const runtime::CompiledPlan> plan,
                      const ThroughputOptions& options = {});

}  // namespace nnstretch::measure
