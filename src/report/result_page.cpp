#include "report/result_page.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/flags.h"
#include "report/doubts.h"
#include "report/result_json.h"

namespace nnstretch::report {
namespace {

using measure::Result;

void add_parts(Page& page, const Result& result) {
  Table& table = page.table({"part", "role", "processor", "engine", "in run", "alone"},
                            {true, true, true, true});
  for (const auto& part : result.parts) {
    const auto processor =
        std::find_if(result.processors.begin(), result.processors.end(),
                     [&](const auto& one) { return one.processor.name == part.processor; });
    const bool stand_in = processor != result.processors.end() && processor->processor.stand_in;
    table.add({part.name, part.role, part.processor + (stand_in ? " (stand-in)" : ""), part.engine,
               fmt::format("{:.1f}", part.run_us_p50),
               part.alone_us_min ? fmt::format("{:.1f}", *part.alone_us_min) : ""});
  }
}

// Each processor by itself and while the others work: what they take from each other.
void add_contention(Page& page, const Result& result) {
  if (result.processors.size() < 2 || !result.processors[0].alone_us) return;
  page.space();
  Table& table = page.table({"processor", "alone", "together", "ratio"}, {true});
  for (const auto& one : result.processors)
    table.add({one.processor.name, fmt::format("{:.1f}", one.alone_us.value_or(0)),
               fmt::format("{:.1f}", one.busy_us_min),
               fmt::format("{:.3f}", one.busy_us_min / one.alone_us.value_or(0))});
}

struct TopOperator {
  const measure::PartResult* part;
  engines::OpTime time;
};

std::vector<TopOperator> longest_first(const Result& result) {
  std::vector<TopOperator> all;
  for (const auto& part : result.parts)
    for (const auto& time : part.operators.value_or(std::vector<engines::OpTime>()))
      all.push_back({&part, time});
  std::stable_sort(all.begin(), all.end(), [](const TopOperator& a, const TopOperator& b) {
    return a.time.us > b.time.us;
  });
  return all;
}

// The longest operators of all parts, and what the others take together.
void add_operators(Page& page, const Result& result) {
  constexpr size_t kMost = 20, kNodeWidth = 26, kKernelWidth = 28;
  const auto operators = longest_first(result);
  if (result.parts.empty() || !result.parts[0].operators) return;
  double all = 0, shown = 0;
  for (const auto& one : operators) all += one.time.us;
  page.space();
  Table& table = page.table({"part", "operator", "kernel", "us", "share"}, {true, true, true});
  for (size_t i = 0; i < std::min(operators.size(), kMost); ++i) {
    const auto& [part, time] = operators[i];
    shown += time.us;
    table.add({part->name, time.node.substr(0, kNodeWidth), time.kernel.substr(0, kKernelWidth),
               fmt::format("{:.0f}", time.us), fmt::format("{:.1f} %", 100 * time.us / all)});
  }
  if (operators.size() > kMost)
    page.line("and {} operators that take {:.0f} us, {:.1f} %", operators.size() - kMost,
              all - shown, 100 * (all - shown) / all);
  for (const auto& part : result.parts)
    if (part.operators && part.operators->empty())
      page.line("{}: {} does not tell what operators take", part.name, part.engine);
}

void add_throughput(Page& page, const measure::Throughput& t) {
  const std::string requests =
      fmt::format("requests   {:10.1f}  a second, {} in flight", t.per_second(), t.in_flight);
  if (const auto ratio = t.ratio())
    page.line("{}: {:.3f} x one core ({}, {:.1f} a second)", requests, *ratio, t.one_core,
              1e6 / *t.one_core_us);
  else
    page.line("{}; one core: {}", requests, t.one_core);
}

void add_meeting_points(Page& page, const Result& result) {
  for (const auto& point : result.meeting_points)
    page.line("meeting s{} {:10.1f}  waited for the last branch, then {:.1f} until all went on{}",
              point.after_stage, point.wait_us_p50, point.hand_over_us_p50,
              point.copy_us_p50 ? fmt::format(", {:.1f} of copies", *point.copy_us_p50) : "");
  for (const auto& overlap : result.overlaps)
    page.line("overlap s{} {:10.1f} %  of the other processors' time", overlap.stage,
              100 * overlap.share_p50);
}

void add_energy(Page& page, const measure::EnergyResult& energy) {
  if (energy.uj_per_inference <= 0)
    return page.line("energy              -  {}", with_flags(energy.reason));
  if (!energy.measured)
    return page.line("energy     {:10.1f}  uJ an inference, {}", energy.uj_per_inference,
                     energy.source);
  const auto& found = *energy.measured;
  page.line("energy     {:10.1f}  uJ an inference ({:.1f} to {:.1f}), {}, {:.2f} W",
            found.gross_uj.value, found.gross_uj.low, found.gross_uj.high, energy.source,
            found.work_w.value);
  if (found.net_uj)
    page.line("  net      {:10.1f}  uJ ({:.1f} to {:.1f}) beyond the idle machine's {:.2f} W",
              found.net_uj->value, found.net_uj->low, found.net_uj->high, found.idle_w->value);
  else
    page.line("  net               -  {}", with_flags(found.no_net));
  if (found.rails_uj.size() > 1)
    for (const auto& [rail, uj] : found.rails_uj) page.line("  rail     {:10.1f}  {}", uj, rail);
}

void add_sustained(Page& page, const measure::Sustained& sustained) {
  const auto ratio = sustained.ratio();
  if (!ratio)
    return page.line("sustained           -  fewer than two seconds in which a run ended");
  page.line("sustained  {:10.1f}  after {} s, {:.1f} in the beginning: {:.3f} x",
            *sustained.last_us(), sustained.seconds.size(), *sustained.first_us(), *ratio);
}

std::string said_of(const measure::BestPlan& best) {
  if (!best.doubt.empty()) return fmt::format(" (not decided: {})", best.doubt);
  return best.remembered ? " (remembered)" : "";
}

void add_figures(Page& page, const Result& result) {
  if (result.bound_us)
    page.line("bound      {:10.1f}  the longest way through the parts, each alone: {:.3f} x",
              *result.bound_us, result.latency.min / *result.bound_us);
  if (result.overhead_us_p50)
    page.line("overhead   {:10.1f}  beyond the longest way of the same run (p50)",
              *result.overhead_us_p50);
  if (result.split_tax.ratio)
    page.line("split tax  {:10.3f}  all parts in sequence / the whole, {} on {}",
              *result.split_tax.ratio, result.split_tax.engine, result.split_tax.processor);
  else if (!result.split_tax.reason.empty())
    page.line("split tax           -  {}", result.split_tax.reason);
  add_meeting_points(page, result);
  if (result.baseline)
    page.line("baseline   {:10.1f}  the whole network, {} on {} thread{} (min)",
              result.baseline->min_us, result.baseline->engine, result.baseline->threads,
              result.baseline->threads > 1 ? "s" : "");
  if (result.best)
    page.line("best       {:10.1f}  {}{}", result.best->min_us, result.best->candidate,
              said_of(*result.best));
  for (const auto& [engine, sum] : result.compiled)
    page.line("compiled   {:10.2f} s  {} parts by {}{}", sum.seconds, sum.parts, engine,
              sum.resident_mb ? fmt::format(", {:.0f} MB", *sum.resident_mb) : "");
  if (result.start)
    page.line("start      {:10.1f}  until it could run; its first run {:.1f}{}",
              result.start->compile_us, result.start->first_run_us,
              result.start->peak_bytes
                  ? fmt::format("; {:.0f} MB at most",
                                static_cast<double>(*result.start->peak_bytes) / 1e6)
                  : "");
  if (result.sustained) add_sustained(page, *result.sustained);
  if (result.hottest_c)
    page.line(
        "hottest    {:10.1f}  degrees Celsius{}", *result.hottest_c,
        result.before.hottest_c ? fmt::format(", {:.1f} before", *result.before.hottest_c) : "");
  if (result.throughput) add_throughput(page, result.throughput->measured);
  add_energy(page, result.energy);
  if (!result.tool) page.line("plan       {}", result.remarks.plan_hash);
  if (!result.doubts.empty()) page.line("{}", doubt_line(result.doubts));
}

std::string said_of(const measure::Statistics& s) {
  std::string line = fmt::format("min {:.1f}", s.min);
  if (s.p50 && s.p90 && s.p99)
    line += fmt::format("  p50 {:.1f}  p90 {:.1f}  p99 {:.1f}", *s.p50, *s.p90, *s.p99);
  return fmt::format("{}  mean {:.1f}  std {}", line, s.mean,
                     s.std ? fmt::format("{:.1f}", *s.std) : "-");
}

void add_tool(Page& page, const measure::ToolResult& tool) {
  page.line("  timed by {}{}, after {} runs of {:.1f} in the mean", tool.name,
            tool.of_operators ? ": what its operators took, added up" : "", tool.warmup.count,
            tool.warmup.mean);
}

// Each process by the least of its runs, as they came.
void add_restarts(Page& page, const Result& result) {
  if (result.restarts.empty()) return;
  std::vector<std::string> minima;
  for (const auto& runs : result.restarts)
    minima.push_back(fmt::format("{:.1f}", *std::ranges::min_element(runs)));
  page.line("  of {} processes the fastest; min of each: {}", minima.size(),
            fmt::to_string(fmt::join(minima, "  ")));
}

}  // namespace

Report report_of(const Result& result) {
  const auto& s = result.latency;
  Report report{.page = {}, .json = to_json(result), .timed = &result};
  Page& page = report.page;
  page.line("{}: {} runs, microseconds", result.model, s.count);
  page.line("  {}", said_of(s));
  if (const auto& device = result.device)
    page.line("  on {}, {}, {}", measure::said_of(*device), device->system, device->kernel);
  add_restarts(page, result);
  if (result.tool) add_tool(page, *result.tool);
  page.space();
  if (!result.tool) add_parts(page, result);
  add_contention(page, result);
  add_operators(page, result);
  page.space();
  add_figures(page, result);
  return report;
}

std::string one_line(const Result& result) {
  std::string text = fmt::format("{:9.1f} us", result.latency.min);
  if (result.bound_us) text += fmt::format("  bound {:9.1f}", *result.bound_us);
  if (result.baseline)
    text += fmt::format("  whole, threads {} {:9.1f} ({})", result.baseline->threads,
                        result.baseline->min_us, result.baseline->engine);
  return text;
}

}  // namespace nnstretch::report
