#include "report/html/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "report/html/drawing.h"

namespace nnstretch::report::html {
namespace {

using Point = std::pair<double, double>;

constexpr double kWide = 900, kHalf = 430;  // pixels

// Of the parts with a branch by their role, of others none.
std::string colour_of(const measure::PartResult& part) {
  if (part.name.find('.') == part.name.npos) return "c4";
  const std::string role = part.role.substr(0, part.role.find('+'));
  if (role == "cpu") return "c0";
  if (role == "dsp") return "c1";
  return role == "gpu" ? "c2" : "c3";
}

double slowest(const All& networks) {
  double most = 0;
  for (const Shown& one : networks) {
    const auto& result = one.record->result;
    most = std::max(most, result.latency.p90.value_or(result.latency.min));
    if (result.baseline) most = std::max(most, result.baseline->min_us);
  }
  return most / 1000;
}

// A mark for the time of another plan of the network.
void mark(Drawing& picture, double x, double y, std::string_view look, const std::string& tip) {
  picture.line(std::array{Point{x, y}, Point{x, y + 15}}, look, tip);
}

std::string stage(int number) {
  return number == 0 ? "after stem" : fmt::format("after s{}", number);
}

}  // namespace

std::string ms(double us) { return fmt::format("{:.2f}", us / 1000); }

std::string latency_bars(const All& networks) {
  constexpr double kRow = 21, kLeft = 130;
  const double bottom = kRow * static_cast<double>(networks.size()) + 14;
  Drawing picture(kWide, bottom + 34, "latency of each network");
  const Axis x = picture.across(kLeft, kWide - 20, 8, bottom, slowest(networks), "ms an inference");
  double y = 12;
  for (const Shown& one : networks) {
    const auto& result = one.record->result;
    const auto& latency = result.latency;
    picture.words(kLeft - 8, y + 12, one.title.substr(0, 20), "lab", "end");
    picture.box(kLeft, y + 2, x.at(latency.min / 1000) - kLeft, 11,
                result.reliable ? "bar" : "bar doubt",
                fmt::format("{}: minimum {} ms of {} runs{}", one.title, ms(latency.min),
                            latency.count, result.reliable ? "" : ", not reliable"));
    if (latency.p50 && latency.p90) {
      picture.line(std::array{Point{x.at(latency.min / 1000), y + 7.5},
                              Point{x.at(*latency.p90 / 1000), y + 7.5}},
                   "whisk");
      picture.dot(
          x.at(*latency.p50 / 1000), y + 7.5, 2.6, "med",
          fmt::format("median {} ms, 90th percentile {} ms", ms(*latency.p50), ms(*latency.p90)));
    }
    if (result.bound_us)
      mark(picture, x.at(*result.bound_us / 1000), y, "bound",
           fmt::format("bound {} ms: the longest way through the parts, each alone",
                       ms(*result.bound_us)));
    if (const auto& whole = result.baseline)
      mark(picture, x.at(whole->min_us / 1000), y, "base",
           fmt::format("the whole network, {} on {} threads: {} ms", whole->engine, whole->threads,
                       ms(whole->min_us)));
    if (const auto& best = result.best)
      mark(picture, x.at(best->min_us / 1000), y, "best",
           fmt::format("the fastest plan, {}: {} ms", best->candidate, ms(best->min_us)));
    y += kRow;
  }
  return picture.text();
}

std::string against_multiply_adds(const All& networks) {
  constexpr double kHeight = 300, kLeft = 46, kBottom = kHeight - 40;
  double most = 0;
  for (const Shown& one : networks)
    most = std::max(most, static_cast<double>(one.record->result.network.multiply_adds) / 1e9);
  Drawing picture(kHalf, kHeight, "latency against multiply-adds");
  const Axis x = picture.across(kLeft, kHalf - 14, 12, kBottom, most, "multiply-adds, billions");
  const Axis y = picture.up(kBottom, 12, kLeft, kHalf - 14, slowest(networks), "ms");
  std::vector<std::pair<Point, const Shown*>> points;
  for (const Shown& one : networks) {
    const auto& result = one.record->result;
    points.push_back(
        {{static_cast<double>(result.network.multiply_adds) / 1e9, result.latency.min / 1000},
         &one});
  }
  // Most work first: who is faster than all before it does the most in its time.
  std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
    return a.first.first != b.first.first ? a.first.first > b.first.first
                                          : a.first.second < b.first.second;
  });
  std::vector<Point> front;
  double least = INFINITY;
  for (const auto& [point, one] : points)
    if (point.second < least) {
      least = point.second;
      front.push_back({x.at(point.first), y.at(point.second)});
    }
  picture.line(front, "front", "the most multiply-adds in each time");
  for (const auto& [point, one] : points)
    picture.dot(x.at(point.first), y.at(point.second), 4, "c0",
                fmt::format("{}: {:.2f} billion multiply-adds, {:.2f} ms", one->title, point.first,
                            point.second));
  return picture.text();
}

std::string distribution(const All& networks) {
  constexpr double kHeight = 300, kLeft = 46, kBottom = kHeight - 40;
  Drawing picture(kHalf, kHeight, "share of the runs that were done within a time");
  const double most = round_above(slowest(networks) * 1.05);
  const Axis x = picture.across(kLeft, kHalf - 14, 12, kBottom, most, "ms");
  const Axis y = picture.up(kBottom, 12, kLeft, kHalf - 14, 100, "%");
  bool any = false;
  for (size_t i = 0; i < networks.size(); ++i) {
    std::vector<double> runs = networks[i].record->result.runs_us;
    if (runs.empty()) continue;
    any = true;
    std::sort(runs.begin(), runs.end());
    std::vector<Point> steps;
    for (size_t run = 0; run < runs.size(); ++run) {
      const double at = x.at(std::min(runs[run] / 1000, most));
      const double before = 100 * static_cast<double>(run) / static_cast<double>(runs.size());
      const double after = 100 * static_cast<double>(run + 1) / static_cast<double>(runs.size());
      steps.push_back({at, y.at(before)});
      steps.push_back({at, y.at(after)});
    }
    picture.line(steps, fmt::format("curve c{}", i % 8), networks[i].title);
  }
  return any ? picture.text() : "";
}

std::string tracks(const measure::Result& result, const runtime::Timeline& run,
                   const std::string& label) {
  constexpr double kRow = 34, kLeft = 130;
  const auto count = static_cast<double>(result.processors.size());
  Drawing picture(kWide, kRow * count + 36, label);
  double end = 0;
  for (const auto& part : run.parts) end = std::max(end, part.end);
  const Axis x = picture.across(kLeft, kWide - 30, 2, kRow * count + 4, end / 1000, "ms");
  for (size_t row = 0; row < result.processors.size(); ++row) {
    const auto& processor = result.processors[row].processor;
    const double y = kRow * static_cast<double>(row) + 5;
    picture.words(8, y + 16, processor.name + (processor.stand_in ? " (stand-in)" : ""), "lab");
    for (size_t i = 0; i < std::min(run.parts.size(), result.parts.size()); ++i) {
      const auto& part = result.parts[i];
      if (part.processor != processor.name) continue;
      const double from = x.at(run.parts[i].start / 1000), to = x.at(run.parts[i].end / 1000);
      picture.box(
          from, y, to - from, kRow - 12, colour_of(part),
          fmt::format("{} on {}, {}: {:.0f} us{}", part.name, part.processor, part.engine,
                      run.parts[i].end - run.parts[i].start,
                      part.alone_us_min ? fmt::format(", alone {:.0f}", *part.alone_us_min) : ""));
      if (to - from > 6.6 * static_cast<double>(part.name.size()))
        picture.words((from + to) / 2, y + 15, part.name, "in", "middle");
    }
  }
  return picture.text();
}

std::string meeting_points(const measure::Result& result) {
  constexpr double kRow = 22, kLeft = 84;
  if (result.meeting_points.empty()) return {};
  double most = 0;
  for (const auto& point : result.meeting_points)
    most = std::max(most, point.wait_us_p50 + point.hand_over_us_p50);
  const double bottom = kRow * static_cast<double>(result.meeting_points.size()) + 6;
  Drawing picture(kHalf, bottom + 34, "meeting points");
  const Axis x = picture.across(kLeft, kHalf - 20, 2, bottom, most,
                                "us: waiting for the last branch, then handing over");
  double y = 5;
  for (const auto& point : result.meeting_points) {
    const double waited = x.at(point.wait_us_p50);
    picture.words(kLeft - 8, y + 12, stage(point.after_stage), "lab", "end");
    picture.box(kLeft, y + 2, waited - kLeft, 13, "wait",
                fmt::format("waited for the last branch {:.1f} us", point.wait_us_p50));
    picture.box(waited, y + 2, x.at(point.wait_us_p50 + point.hand_over_us_p50) - waited, 13,
                "hand", fmt::format("until all went on {:.1f} us", point.hand_over_us_p50));
    y += kRow;
  }
  return picture.text();
}

std::string parts_alone(const measure::Result& result) {
  constexpr double kRow = 20, kLeft = 84;
  double most = 0;
  for (const auto& part : result.parts)
    most = std::max({most, part.run_us_p50, part.alone_us_min.value_or(0)});
  if (most <= 0) return {};
  const double bottom = kRow * static_cast<double>(result.parts.size()) + 6;
  Drawing picture(kHalf, bottom + 34, "parts in the run and alone");
  const Axis x = picture.across(kLeft, kHalf - 20, 2, bottom, most, "us: in the run (pale), alone");
  double y = 4;
  for (const auto& part : result.parts) {
    picture.words(kLeft - 8, y + 11, part.name.substr(0, 12), "lab", "end");
    picture.box(kLeft, y + 2, x.at(part.run_us_p50) - kLeft, 5.5, "faint",
                fmt::format("{} in the run: {:.0f} us (median)", part.name, part.run_us_p50));
    if (part.alone_us_min)
      picture.box(
          kLeft, y + 8, x.at(*part.alone_us_min) - kLeft, 5.5, colour_of(part),
          fmt::format("{} alone: {:.0f} us ({})", part.name, *part.alone_us_min, part.engine));
    y += kRow;
  }
  return picture.text();
}

}  // namespace nnstretch::report::html
