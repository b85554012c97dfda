#include "measure/figures.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nnstretch::measure {
namespace {

using runtime::CompiledPlan;
using runtime::Timeline;

// Nothing where it shrank: engines gave back what they had taken before, and what the parts took is
// not told.
std::optional<double> grown_mb(const CompiledPlan& compiled, const std::string& engine) {
  int64_t bytes = 0;
  for (size_t i = 0; i < compiled.plan().parts.size(); ++i) {
    if (compiled.engine(i) != engine) continue;
    const auto more = compiled.compile_cost(i).resident_bytes;
    if (!more) return std::nullopt;
    bytes += *more;
  }
  return bytes < 0 ? std::nullopt : std::optional(static_cast<double>(bytes) / 1e6);
}

// The fastest run and the one in the middle: of an even number the faster of the two.
void pick_runs(Result& result, const std::vector<Timeline>& lines) {
  if (lines.empty()) return;
  std::vector<const Timeline*> by_latency;
  for (const Timeline& line : lines) by_latency.push_back(&line);
  std::stable_sort(by_latency.begin(), by_latency.end(), [](const Timeline* a, const Timeline* b) {
    return a->latency_us < b->latency_us;
  });
  result.fastest = *by_latency.front();
  result.median = *by_latency[(by_latency.size() - 1) / 2];
}

}  // namespace

void add_plan(Result& result, const CompiledPlan& compiled, const Measurement& measured) {
  const plan::Plan& plan = compiled.plan();
  const auto at = [](const std::vector<double>& all, size_t i) {
    return all.empty() ? std::nullopt : std::optional(all.at(i));
  };
  for (size_t i = 0; i < plan.processors.size(); ++i)
    result.processors.push_back({.processor = plan.processors[i],
                                 .busy_us_p50 = measured.busy_us_p50.at(i),
                                 .busy_us_min = measured.busy_us_min.at(i),
                                 .alone_us = at(measured.alone_us, i)});
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const plan::PlanPart& part = plan.parts[i];
    result.parts.push_back({.name = part.name,
                            .role = part.role,
                            .processor = plan.processors.at(part.processor).name,
                            .engine = compiled.engine(i),
                            .first_stage = part.first_stage,
                            .last_stage = part.last_stage,
                            .branch = part.branch,
                            .after = part.after,
                            .run_us_p50 = measured.part_us_p50.at(i),
                            .alone_us_min = at(measured.part_alone_us, i)});
    CompiledBy& sum = result.compiled[compiled.engine(i)];
    sum.parts += 1;
    sum.seconds += compiled.compile_cost(i).seconds;
  }
  for (auto& [engine, sum] : result.compiled) sum.resident_mb = grown_mb(compiled, engine);
}

void add_runs(Result& result, Measurement measured, bool keep_timelines) {
  pick_runs(result, measured.timelines);
  result.latency = measured.latency;
  result.runs_us = std::move(measured.latencies_us);
  result.warmup_us = std::move(measured.warmup_us);
  result.meeting_points = std::move(measured.meeting_points);
  result.overlaps = std::move(measured.overlaps);
  result.overhead_us_p50 = measured.overhead_us_p50;
  result.bound_us = measured.bound_us;
  if (keep_timelines) result.timelines = std::move(measured.timelines);
}

}  // namespace nnstretch::measure
