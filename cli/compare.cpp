// nnstretch compare: two results side by side; exit code 1 if something became slower.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "pipeline/comparison.h"
#include "pipeline/context.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path before, after;
  double limit = 1.05;
  std::filesystem::path json;
};

pipeline::Json to_json(const pipeline::Comparison& result, double limit) {
  pipeline::Json json = {{"schema", 1}, {"limit", limit}, {"networks", pipeline::Json::array()}};
  for (const auto& one : result.networks) {
    json["networks"].push_back({{"name", one.name},
                                {"before_us", one.before_us},
                                {"after_us", one.after_us},
                                {"ratio_of_minima", one.ratio.of_minima},
                                {"ratio_of_medians", one.ratio.of_medians},
                                {"interval", nullptr},
                                {"slower", one.slower_than(limit)}});
    if (const auto& interval = one.ratio.interval)
      json["networks"].back()["interval"] = {interval->low, interval->high};
  }
  json["only_once"] = result.only_once;
  return json;
}

void print(const pipeline::Comparison& result, double limit) {
  Table table({"network", "before us", "after us", "minima", "medians", "95 %", ""},
              {true, false, false, false, false, false, true});
  for (const auto& one : result.networks) {
    const auto& interval = one.ratio.interval;
    table.add({one.name, fmt::format("{:.1f}", one.before_us), fmt::format("{:.1f}", one.after_us),
               fmt::format("{:.3f}", one.ratio.of_minima),
               fmt::format("{:.3f}", one.ratio.of_medians),
               interval ? fmt::format("{:.3f}-{:.3f}", interval->low, interval->high) : "",
               one.slower_than(limit) ? "slower" : ""});
  }
  table.print(stdout);
}

void compare(const Options& options) {
  const auto result = pipeline::compare_results(options.before, options.after);
  if (!options.json.empty()) write_json(options.json, json_text(to_json(result, options.limit)));
  if (options.json != "-") print(result, options.limit);
  for (const auto& name : result.only_once) log::info("note: {} is in one file only", name);
  const auto slower = [&](const auto& one) { return one.slower_than(options.limit); };
  if (std::any_of(result.networks.begin(), result.networks.end(), slower))
    throw CLI::RuntimeError(1);
}

}  // namespace

void add_compare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare", "Two results side by side");
  command->add_option("before", options->before, "result of bench --json, or a result.json")
      ->required();
  command->add_option("after", options->after, "another of the same kind")->required();
  command
      ->add_option("--limit", options->limit,
                   "slower by more is a regression: exit code 1, if the interval is sure of it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_json(*command, options->json);
  command->footer(
      "Ratios are after / before. The interval is that of the medians, from the runs of two\n"
      "processes: it does not know how latency differs from one process to the next.\n\n"
      "Example:\n  nnstretch compare yesterday.json today.json --limit 1.03");
  command->callback([options] { compare(*options); });
}

}  // namespace nnstretch::cli
