#include "measure/operators.h"

#include <algorithm>

#include "base/threads.h"
#include "engines/runner.h"

namespace nnstretch::measure {
namespace {

using engines::OpTime;
using engines::Processor;
using engines::Runner;

Runner counting(const runtime::CompiledPlan& plan, size_t part) {
  Processor processor = plan.plan().processors[plan.plan().parts[part].processor];
  processor.engine = plan.engine(part);
  processor.counts_ops = true;
  return {plan.here().engines.find(processor.engine), plan.plan().parts[part].model, processor};
}

// An engine may do something in one run only; what is not in both is of another kind of run.
void keep_minima(std::vector<OpTime>& kept, const std::vector<OpTime>& now) {
  if (kept.size() != now.size()) {
    kept = now;
    return;
  }
  for (size_t i = 0; i < kept.size(); ++i) kept[i].us = std::min(kept[i].us, now[i].us);
}

}  // namespace

OperatorTimes time_operators(const runtime::CompiledPlan& plan, int runs) {
  const auto& parts = plan.plan().parts;
  std::vector<Runner> runners;
  for (size_t i = 0; i < parts.size(); ++i) runners.push_back(counting(plan, i));
  OperatorTimes times(parts.size());
  for (int run = 0; run <= std::max(runs, 1); ++run)
    for (size_t i = 0; i < parts.size(); ++i) {
      const Pinned pinned(plan.plan().processors[parts[i].processor].cores);
      runners[i].run();
      if (run > 0) keep_minima(times[i], runners[i].op_times());  // the first one warms up
    }
  return times;
}

}  // namespace nnstretch::measure
