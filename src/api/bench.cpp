#include "nnstretch/bench.h"

#include "api/here.h"
#include "api/impl.h"
#include "base/error.h"
#include "base/json.h"
#include "measure/bench.h"
#include "report/result_json.h"

namespace nnstretch {

BenchResult bench(const Model& model, const CompileOptions& where, const BenchOptions& options) {
  return api::made([&] {
    if (options.num_runs < 1 || options.warmup_runs < 0)
      throw UsageError({.what = "there is nothing to time",
                        .where = "`num_runs`",
                        .fix = "choose 1 run or more, and no negative number"});
    if (!(options.energy_seconds > 0))
      throw UsageError({.what = "no energy shows in no time",
                        .where = "`energy_seconds`",
                        .fix = "choose more than 0 seconds"});
    auto timed = measure::bench(api::Access::of(model),
                                {.placing = api::placing_of(where),
                                 .num_runs = options.num_runs,
                                 .warmup_runs = options.warmup_runs,
                                 .latency_only = options.latency_only,
                                 .pick = api::pick_of(where.plan),
                                 .best = where.measure,
                                 .energy = {.seconds = options.energy_seconds}},
                                api::here());
    measure::Result& result = timed.result;
    result.model = model.name();
    BenchResult told;
    const measure::Statistics& of = result.latency;
    told.latency_us = {of.min,         of.p50.value(), of.p90.value(),
                       of.p99.value(), of.mean,        of.std.value_or(0)};
    told.runs_us = result.runs_us;
    told.bound_us = result.bound_us;
    if (result.baseline) told.whole_us = result.baseline->min_us;
    if (result.best) told.best_us = result.best->min_us;
    if (result.energy.uj_per_inference > 0) told.uj_per_inference = result.energy.uj_per_inference;
    told.plan_hash = result.remarks.plan_hash;
    for (const plan::Fallback& one : result.remarks.fallbacks)
      told.fallbacks.push_back({one.op, one.reason, one.ran_on});
    told.json = json_text(report::to_json(result));
    return told;
  });
}

}  // namespace nnstretch
