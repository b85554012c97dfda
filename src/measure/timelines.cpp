#include "measure/timelines.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace nnstretch::measure {
namespace {

using runtime::PartTiming;
using runtime::Plan;
using runtime::PlanPart;
using runtime::Timeline;

double median_over(std::span<const Timeline> runs,
                   const std::function<double(const Timeline&)>& f) {
  std::vector<double> values;
  for (const Timeline& run : runs) values.push_back(f(run));
  return median(values);
}

double common_time(const PartTiming& a, const PartTiming& b) {
  return std::max(0.0, std::min(a.end, b.end) - std::max(a.start, b.start));
}

std::vector<size_t> parts_of_stage(const Plan& plan, int stage) {
  std::vector<size_t> parts;
  for (size_t i = 0; i < plan.parts.size(); ++i)
    if (plan.parts[i].first_stage <= stage && stage <= plan.parts[i].last_stage) parts.push_back(i);
  return parts;
}

// Parts whose values meet in a reader, by the stage they end.
std::map<int, std::set<size_t>> arrivals(const Plan& plan) {
  std::map<int, std::set<size_t>> by_stage;
  for (const PlanPart& reader : plan.parts) {
    std::set<size_t> processors;
    int stage = 0;
    for (const size_t before : reader.after) {
      processors.insert(plan.parts[before].processor);
      stage = std::max(stage, plan.parts[before].last_stage);
    }
    if (processors.size() > 1) by_stage[stage].insert(reader.after.begin(), reader.after.end());
  }
  return by_stage;
}

}  // namespace

std::vector<double> part_medians(const Plan& plan, std::span<const Timeline> runs) {
  std::vector<double> medians;
  for (size_t i = 0; i < plan.parts.size(); ++i)
    medians.push_back(median_over(runs, [i](const Timeline& run) { return run.parts[i].run(); }));
  return medians;
}

std::vector<double> busy_medians(const Plan& plan, std::span<const Timeline> runs) {
  std::vector<double> medians;
  for (size_t p = 0; p < plan.processors.size(); ++p)
    medians.push_back(median_over(runs, [&](const Timeline& run) {
      double busy = 0;
      for (size_t i = 0; i < plan.parts.size(); ++i)
        if (plan.parts[i].processor == p) busy += run.parts[i].run();
      return busy;
    }));
  return medians;
}

std::vector<MeetingPoint> meeting_points(const Plan& plan, std::span<const Timeline> runs) {
  std::vector<MeetingPoint> points;
  for (const auto& [stage, parts] : arrivals(plan)) {
    const auto spread = [&parts = parts](const Timeline& run) {
      std::vector<double> ends;
      for (const size_t part : parts) ends.push_back(run.parts[part].end);
      const auto [first, last] = std::minmax_element(ends.begin(), ends.end());
      return *last - *first;
    };
    points.push_back({.after_stage = stage, .wait_us_p50 = median_over(runs, spread)});
  }
  return points;
}

std::vector<Overlap> overlaps(const Plan& plan, std::span<const Timeline> runs) {
  const std::vector<double> medians = part_medians(plan, runs);
  std::vector<Overlap> found;
  for (int stage = 0; stage <= plan.stages; ++stage) {
    std::vector<size_t> parts = parts_of_stage(plan, stage);
    if (parts.empty()) continue;
    const size_t longest = *std::max_element(
        parts.begin(), parts.end(), [&](size_t a, size_t b) { return medians[a] < medians[b]; });
    std::erase_if(parts, [&](size_t part) {
      return plan.parts[part].processor == plan.parts[longest].processor;
    });
    if (parts.empty()) continue;
    const auto share = [&](const Timeline& run) {
      double common = 0, all = 0;
      for (const size_t part : parts) {
        common += common_time(run.parts[part], run.parts[longest]);
        all += run.parts[part].run();
      }
      return all > 0 ? common / all : 0;
    };
    found.push_back({.stage = stage, .share_p50 = median_over(runs, share)});
  }
  return found;
}

double overhead_median(const Plan& plan, runtime::Order order, std::span<const Timeline> runs) {
  return median_over(runs, [&](const Timeline& run) {
    std::vector<double> times;
    for (const PartTiming& part : run.parts) times.push_back(part.run());
    return run.latency_us - critical_path_us(plan, order, times);
  });
}

}  // namespace nnstretch::measure
