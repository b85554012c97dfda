#include "report/run_page.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace nnstretch::report {
namespace {

// "R-34" and "CD" of configs/mi/R-34-CD.yaml; roles are what stands behind the last '-'.
struct Name {
  std::string network, roles;
};
Name name_of(const std::string& cfg) {
  const std::string stem = std::filesystem::path(cfg).stem().string();
  const size_t dash = stem.rfind('-');
  if (dash == stem.npos) return {stem, ""};
  return {stem.substr(0, dash), stem.substr(dash + 1)};
}

std::string ratio(std::optional<double> other, double ours) {
  return other ? fmt::format("{:.2f} x", *other / ours) : "";
}

std::string whole_us(std::optional<double> us) { return us ? fmt::format("{:.0f}", *us) : ""; }

// What all rows have in common, for the line below the table.
std::string circumstances(const std::map<std::string, Record>& records) {
  std::set<int> sizes;
  double load = 0;
  for (const auto& [cfg, record] : records) {
    sizes.insert(record.im_size);
    load = std::max(load, record.result.context.load_1min);
  }
  const auto& [result, first] =
      std::pair(records.begin()->second.result, records.begin()->second.result.context);
  std::vector<std::string> engines;
  for (const auto& [name, version] : first.engines)
    if (version) engines.push_back(fmt::format("{} {}", name, *version));
  return fmt::format(
      "Input {} pixels. Minima in microseconds of {} runs on {}, {} cores. Engines: {}. Load "
      "average while it ran: up to {:.0f}. Commit {}.",
      fmt::join(sizes, ", "), result.latency.count, first.cpu, first.cores,
      fmt::join(engines, ", "), load, first.commit);
}

}  // namespace

Report report_of(const std::map<std::string, Record>& records) {
  std::map<std::string, double> alone;  // by network: the fastest with one role
  for (const auto& [cfg, record] : records) {
    const Name name = name_of(cfg);
    if (name.roles.size() != 1) continue;
    const auto [known, is_new] = alone.try_emplace(name.network, record.result.latency.min);
    if (!is_new) known->second = std::min(known->second, record.result.latency.min);
  }
  Report report{.page = {}, .json = {{"schema", 1}, {"configs", Json::object()}}};
  Table& table = report.page.table({"network", "one core, best", "in parts", "bound", "whole",
                                    "against one core", "against whole", "int8 ~ float"});
  for (const auto& [cfg, record] : records) {
    report.json["configs"][cfg] = to_json(record);
    const Name name = name_of(cfg);
    if (name.roles.size() < 2) continue;
    const double us = record.result.latency.min;
    const auto best = alone.find(name.network);
    const auto one_core = best == alone.end() ? std::nullopt : std::optional(best->second);
    const auto& baseline = record.result.baseline;
    const auto whole = baseline ? std::optional(baseline->min_us) : std::nullopt;
    table.add({fmt::format("{}-{}", name.network, name.roles), whole_us(one_core), whole_us(us),
               whole_us(record.result.bound_us),
               whole ? fmt::format("{:.0f} ({})", *whole, baseline->engine) : "",
               ratio(one_core, us), ratio(whole, us),
               fmt::format("{:.3f}", record.fidelity.centred_correlation_median)});
  }
  if (!records.empty()) report.page.line("{}", circumstances(records));
  return report;
}

}  // namespace nnstretch::report
