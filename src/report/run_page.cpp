#include "report/run_page.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace nnstretch::report {
namespace {

// "configs/mi/R-34" of configs/mi/R-34-CD.yaml, with what else makes it another network.
std::string network_of(const std::string& cfg, const Record& record) {
  const std::filesystem::path path(cfg);
  const std::string stem = path.stem().string();
  return fmt::format("{} {} {}", (path.parent_path() / stem.substr(0, stem.rfind('-'))).string(),
                     record.im_size, fmt::join(record.overrides, " "));
}

bool has_one_role(const Record& record) {
  const auto& parts = record.result.parts;
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [&](const auto& part) {
    return part.role == parts[0].role && part.role.find('+') == part.role.npos;
  });
}

// How people call a configuration: by its stem, or whole where several have that.
std::string title_of(const std::string& cfg, const std::map<std::string, Record>& records) {
  const auto stem = std::filesystem::path(cfg).stem();
  const auto same = [&](const auto& other) {
    return std::filesystem::path(other.first).stem() == stem;
  };
  return std::count_if(records.begin(), records.end(), same) > 1 ? cfg : stem.string();
}

std::string ratio(std::optional<double> other, double ours) {
  return other ? fmt::format("{:.2f} x", *other / ours) : "";
}

std::string whole_us(std::optional<double> us) { return us ? fmt::format("{:.0f}", *us) : ""; }

// What all rows have in common, and what their columns are.
void add_circumstances(Page& page, const std::map<std::string, Record>& records) {
  std::set<int> sizes;
  std::set<size_t> runs;
  double load = 0;
  for (const auto& [cfg, record] : records) {
    sizes.insert(record.im_size);
    runs.insert(record.result.latency.count);
    load = std::max(load, record.result.context.load_1min);
  }
  const measure::Result& first = records.begin()->second.result;
  std::vector<std::string> engines;
  for (const auto& [name, version] : first.context.engines)
    if (version) engines.push_back(fmt::format("{} {}", name, *version));
  page.line("Minima in microseconds of {} runs, input {} pixels. One core: the best network of one",
            fmt::format("{}", fmt::join(runs, ", ")), fmt::format("{}", fmt::join(sizes, ", ")));
  page.line(
      "role; whole: this one undivided, on all cores; x: how many times as fast the parts are;");
  page.line(
      "best: the fastest plan that was found; ?: not reliable or decided, the record says why;");
  page.line("fidelity: centred correlation of int8 and float logits.");
  page.line("{}, {} cores, load up to {:.0f}, commit {}", first.context.cpu, first.context.cores,
            load, first.context.commit);
  page.line("{}", fmt::format("{}", fmt::join(engines, ", ")));
}

}  // namespace

Report report_of(const std::map<std::string, Record>& records) {
  std::map<std::string, double> alone;  // by network: the fastest with one role
  for (const auto& [cfg, record] : records) {
    if (!has_one_role(record)) continue;
    const double us = record.result.latency.min;
    const auto [known, is_new] = alone.try_emplace(network_of(cfg, record), us);
    if (!is_new) known->second = std::min(known->second, us);
  }
  Report report{.page = {}, .json = {{"schema", 1}, {"configs", Json::object()}}};
  Table& table = report.page.table(
      {"network", "one core", "parts", "bound", "whole", "best", "x core", "x whole", "fidelity"});
  for (const auto& [cfg, record] : records) {
    report.json["configs"][cfg] = to_json(record);
    const double us = record.result.latency.min;
    const auto best = alone.find(network_of(cfg, record));
    const bool compared =
        best != alone.end() && !record.result.parts.empty() && !has_one_role(record);
    const auto one_core = compared ? std::optional(best->second) : std::nullopt;
    const auto& fidelity = record.fidelity.centred_correlation_median;
    const auto& baseline = record.result.baseline;
    const auto whole = baseline ? std::optional(baseline->min_us) : std::nullopt;
    const auto& fastest = record.result.best;
    table.add({title_of(cfg, records), whole_us(one_core),
               whole_us(us) + (record.result.reliable ? "" : "?"), whole_us(record.result.bound_us),
               whole_us(whole),
               fastest ? fmt::format("{:.0f} {}{}", fastest->min_us, fastest->kind,
                                     fastest->doubt.empty() ? "" : "?")
                       : "",
               ratio(one_core, us), ratio(whole, us),
               fidelity ? fmt::format("{:.3f}", *fidelity) : ""});
  }
  if (!records.empty()) add_circumstances(report.page, records);
  return report;
}

}  // namespace nnstretch::report
