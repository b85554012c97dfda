// nnstretch compare: two results side by side; exit code 1 if something became slower.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "report/comparison.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path before, after;
  double limit = 1.05;
  report::Outputs outputs;
};

void compare(const Options& options) {
  if (!(options.limit > 0 && std::isfinite(options.limit)))
    throw UsageError({.what = "--limit is no ratio", .fix = "give a number such as 1.05"});
  const auto result = report::compare_results(options.before, options.after, options.limit);
  report::emit(report::report_of(result), options.outputs);
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
      ->capture_default_str();
  add_outputs(*command, options->outputs);
  command->footer(
      "Ratios are after / before. The interval is that of the medians, from the runs of two\n"
      "processes: it does not know how latency differs from one process to the next.\n\n"
      "Example:\n  nnstretch compare yesterday.json today.json --limit 1.03");
  command->callback([options] { compare(*options); });
}

}  // namespace nnstretch::cli
