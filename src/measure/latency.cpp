#include "measure/latency.h"

#include <algorithm>
#include <limits>

#include "measure/timelines.h"

namespace nnstretch::measure {
namespace {

using plan::Plan;
using runtime::Order;
using runtime::Session;
using runtime::Timeline;

// In turn, as a run of the network goes through them: a part that is only repeated has all it needs
// in its core's own cache, which no run of the network has.
std::vector<double> parts_alone(Session& session, int runs) {
  const size_t parts = session.plan().parts.size();
  std::vector<double> minima(parts, std::numeric_limits<double>::infinity());
  for (int i = 0; i < runs; ++i)
    for (size_t part = 0; part < parts; ++part)
      minima[part] = std::min(minima[part], session.run_part_alone(part));
  return minima;
}

std::vector<Timeline> timed_runs(Session& session, int runs) {
  std::vector<Timeline> lines;
  for (int i = 0; i < runs; ++i) {
    session.run();
    lines.push_back(session.timeline());
  }
  return lines;
}

// Parts that `part` must let pass first: what it reads, and what its worker runs before it.
std::vector<size_t> earlier(const Plan& plan, Order order, size_t part) {
  if (order == Order::sequential) return part == 0 ? std::vector<size_t>{} : std::vector{part - 1};
  std::vector<size_t> parts = plan.parts[part].after;
  for (size_t other = part; other-- > 0;)
    if (plan.parts[other].processor == plan.parts[part].processor) {
      parts.push_back(other);
      break;
    }
  return parts;
}

}  // namespace

double critical_path_us(const Plan& plan, Order order, std::span<const double> part_us) {
  std::vector<double> ends(plan.parts.size());
  for (size_t part = 0; part < plan.parts.size(); ++part) {
    double start = 0;
    for (const size_t before : earlier(plan, order, part)) start = std::max(start, ends[before]);
    ends[part] = start + part_us[part];
  }
  return ends.empty() ? 0 : *std::max_element(ends.begin(), ends.end());
}

Measurement measure(Session& session, const MeasureOptions& options) {
  const Plan& plan = session.plan();
  Measurement result;
  for (const Timeline& line : timed_runs(session, options.warmup))
    result.warmup_us.push_back(line.latency_us);
  if (options.meter) options.meter->start();
  std::vector<Timeline> lines = timed_runs(session, options.runs);
  if (options.meter) result.energy = options.meter->stop();
  for (const Timeline& line : lines) result.latencies_us.push_back(line.latency_us);
  result.latency = summarise(result.latencies_us);
  result.part_us_p50 = part_medians(plan, lines);
  result.busy_us_p50 = busy_medians(plan, lines);
  result.busy_us_min = busy_minima(plan, lines);
  result.meeting_points = meeting_points(plan, lines);
  result.overlaps = overlaps(plan, lines);
  result.overhead_us_p50 = overhead_median(plan, session.order(), lines);
  if (options.alone) {
    result.part_alone_us = parts_alone(session, options.runs);
    result.alone_us.resize(plan.processors.size());
    for (size_t i = 0; i < plan.parts.size(); ++i)
      result.alone_us[plan.parts[i].processor] += result.part_alone_us[i];
    result.bound_us = critical_path_us(plan, Order::parallel, result.part_alone_us);
  }
  if (options.keep_timelines) result.timelines = std::move(lines);
  return result;
}

}  // namespace nnstretch::measure
