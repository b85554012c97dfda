// nnstretch compare: two results side by side; exit code 1 if something became slower, 2 if two
// cannot be compared.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "report/comparison.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path before, after;
  report::CompareOptions compare;
  report::Outputs outputs;
};

// Told after the rest: other rows may be comparable.
[[noreturn]] void refuse(const report::Compared& one) {
  std::string why;
  for (const auto& difference : one.likeness.differences)
    why += (why.empty() ? "" : "; ") + report::said(difference);
  throw UsageError({.what = "not comparable: " + why,
                    .where = one.name,
                    .fix = "measure both alike; --anyway compares all the same"});
}

void compare(const Options& options) {
  const double limit = options.compare.limit;
  if (!(limit > 0 && std::isfinite(limit)))
    throw UsageError({.what = "--limit is no ratio", .fix = "give a number such as 1.05"});
  const auto result = report::compare_results(options.before, options.after, options.compare);
  report::emit(report::report_of(result), options.outputs);
  for (const auto& name : result.only_once) log::info("note: {} is in one file only", name);
  const auto slower = [&](const auto& one) { return one.slower_than(limit); };
  if (std::ranges::any_of(result.networks, slower)) throw CLI::RuntimeError(1);
  const auto unlike = std::ranges::find(result.networks, false, &report::Compared::comparable);
  if (unlike != result.networks.end()) refuse(*unlike);
}

}  // namespace

void add_compare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare", "Two results side by side");
  command->add_option("before", options->before, "result of bench --json, or a result.json")
      ->required();
  command->add_option("after", options->after, "another of the same kind")->required();
  command
      ->add_option("--limit", options->compare.limit,
                   "slower by more is a regression: exit code 1, if the interval is sure of it")
      ->capture_default_str();
  command->add_flag("--anyway", options->compare.anyway,
                    "compare also what differs in network, input, machine, engines, threads, "
                    "arithmetic or kind of plan");
  add_outputs(*command, options->outputs);
  command->footer(
      "Ratios are after / before, their intervals over processes and the runs of those. Two "
      "processes\n"
      "of one plan differ by up to 15 %: from one process a smaller difference cannot be told, "
      "from\n"
      "five one of 3 % can. Exit code 1: something became slower; 2: two results are not "
      "comparable.\n\n"
      "Example:\n"
      "  nnstretch bench --model R-34-CD.tflite --restarts 5 --json before.json\n"
      "  nnstretch compare before.json after.json --limit 1.03");
  command->callback([options] { compare(*options); });
}

}  // namespace nnstretch::cli
