#include "measure/timelines.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace nnstretch::measure {
namespace {

using plan::Plan;
using plan::PlanPart;
using runtime::PartTiming;
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

// Parts whose values meet, and those that read them.
struct Meeting {
  std::set<size_t> arrive, readers;
};

// By the stage that ends there.
std::map<int, Meeting> meetings(const Plan& plan) {
  std::map<int, Meeting> by_stage;
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const PlanPart& reader = plan.parts[i];
    std::set<size_t> processors;
    int stage = 0;
    for (const size_t before : reader.after) {
      processors.insert(plan.parts[before].processor);
      stage = std::max(stage, plan.parts[before].last_stage);
    }
    if (processors.size() < 2) continue;
    by_stage[stage].arrive.insert(reader.after.begin(), reader.after.end());
    by_stage[stage].readers.insert(i);
  }
  return by_stage;
}

// From the moment a part could have begun until it did.
double hand_over(const Plan& plan, const Timeline& run, size_t part) {
  double ready = run.parts[part].free;
  for (const size_t before : plan.parts[part].after) ready = std::max(ready, run.parts[before].end);
  return run.parts[part].start - ready;
}

// A part that puts values side by side which others made.
bool joins_inputs(const ir::Graph& part) {
  for (ir::NodeId id = 0; id < part.size(); ++id)
    if (part.op_if<ir::Concat>(id))
      for (const ir::NodeId operand : part.node(id).inputs)
        if (part.op_if<ir::Input>(operand)) return true;
  return false;
}

bool only_joins(const ir::Graph& part) {
  const auto nodes = part.nodes();
  return std::all_of(nodes.begin(), nodes.end(), [](const ir::Node& node) {
    return ir::is_source(node.op) || std::holds_alternative<ir::Concat>(node.op);
  });
}

std::optional<double> copy_of(const PlanPart& part, const PartTiming& timing) {
  if (!joins_inputs(part.model.graph)) return 0;
  return only_joins(part.model.graph) ? timing.run() : timing.copy;
}

// The longest of the readers' in each run; nothing if one of them does not tell.
std::optional<double> copy_median(const Plan& plan, std::span<const Timeline> runs,
                                  const std::set<size_t>& readers) {
  std::vector<double> longest;
  for (const Timeline& run : runs) {
    double us = 0;
    for (const size_t part : readers) {
      const auto copy = copy_of(plan.parts[part], run.parts[part]);
      if (!copy) return std::nullopt;
      us = std::max(us, *copy);
    }
    longest.push_back(us);
  }
  return median(longest);
}

double busy(const Plan& plan, const Timeline& run, size_t processor) {
  double sum = 0;
  for (size_t i = 0; i < plan.parts.size(); ++i)
    if (plan.parts[i].processor == processor) sum += run.parts[i].run();
  return sum;
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
    medians.push_back(median_over(runs, [&](const Timeline& run) { return busy(plan, run, p); }));
  return medians;
}

std::vector<double> busy_minima(const Plan& plan, std::span<const Timeline> runs) {
  std::vector<double> minima;
  for (size_t p = 0; p < plan.processors.size(); ++p) {
    std::vector<double> each;
    for (const Timeline& run : runs) each.push_back(busy(plan, run, p));
    minima.push_back(each.empty() ? 0 : *std::min_element(each.begin(), each.end()));
  }
  return minima;
}

std::vector<MeetingPoint> meeting_points(const Plan& plan, std::span<const Timeline> runs) {
  std::vector<MeetingPoint> points;
  for (const auto& [stage, meeting] : meetings(plan)) {
    const auto wait = [&parts = meeting.arrive](const Timeline& run) {
      std::vector<double> ends;
      for (const size_t part : parts) ends.push_back(run.parts[part].end);
      const auto [first, last] = std::minmax_element(ends.begin(), ends.end());
      return *last - *first;
    };
    const auto slowest = [&, &parts = meeting.readers](const Timeline& run) {
      double us = 0;
      for (const size_t part : parts) us = std::max(us, hand_over(plan, run, part));
      return us;
    };
    points.push_back({.after_stage = stage,
                      .wait_us_p50 = median_over(runs, wait),
                      .hand_over_us_p50 = median_over(runs, slowest),
                      .copy_us_p50 = copy_median(plan, runs, meeting.readers)});
  }
  return points;
}

std::vector<Overlap> overlaps(const Plan& plan, std::span<const Timeline> runs) {
  const std::vector<double> medians = part_medians(plan, runs);
  std::vector<Overlap> found;
  for (int stage = 0; stage <= plan.stages; ++stage) {
    std::map<size_t, std::vector<size_t>> parts;  // of each processor
    std::map<size_t, double> busy;
    for (const size_t part : parts_of_stage(plan, stage)) {
      parts[plan.parts[part].processor].push_back(part);
      busy[plan.parts[part].processor] += medians[part];
    }
    if (parts.size() < 2) continue;
    const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
    const size_t longest = std::max_element(busy.begin(), busy.end(), less)->first;
    const auto share = [&](const Timeline& run) {
      double common = 0, all = 0;
      for (const auto& [processor, own] : parts)
        for (const size_t part : own) {
          if (processor == longest) continue;
          for (const size_t other : parts[longest])
            common += common_time(run.parts[part], run.parts[other]);
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
