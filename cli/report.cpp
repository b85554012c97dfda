// nnstretch report: results as one page to look at.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "measure/comparable.h"
#include "report/html/page.h"
#include "report/record.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<fs::path> results;
  fs::path against, out = "report.html";
};

// A file as it is; of a folder, that of a `run` with it as work folder, or its own.
fs::path file_of(const fs::path& given) {
  if (!fs::is_directory(given)) return given;
  for (const fs::path& file : {given / "data" / "result.json", given / "result.json"})
    if (fs::exists(file)) return file;
  throw UsageError({.what = "there is no result.json in it",
                    .where = given.string(),
                    .fix = "name the work folder of a `run`, or a file of `bench --json`"});
}

// Stems, unless two networks have the same.
std::string title_of(const std::string& name, const std::map<std::string, report::Record>& all) {
  const auto stem = fs::path(name).stem();
  const auto same = std::ranges::count_if(
      all, [&](const auto& other) { return fs::path(other.first).stem() == stem; });
  return same > 1 ? name : stem.string();
}

void add(report::Records more, report::Records& all) {
  all.read.merge(more.read);
  for (const auto& [name, record] : more.read)
    throw UsageError({.what = fmt::format("{} is in two of the files", name),
                      .where = {},
                      .fix = "give one of them with `against`"});
  all.refused.merge(more.refused);
}

void report_on(const Options& options) {
  report::Records all;
  for (const fs::path& result : options.results) add(report::read_results(file_of(result)), all);
  if (all.read.empty())
    throw FormatError({.what = "there is no network in it that can be read",
                       .where = options.results.front().string(),
                       .fix = "`nnstretch run` makes one"});
  report::html::Content content;
  for (const auto& [name, record] : all.read)
    content.networks.push_back({title_of(name, all.read), &record});
  for (const auto& [name, error] : all.refused) content.refused[name] = error.what();
  report::Records before;
  if (!options.against.empty()) {
    before = report::read_results(file_of(options.against));
    content.against_name = options.against.string();
    for (const auto& [name, record] : all.read) {
      const auto found = before.read.find(name);
      if (found == before.read.end()) continue;
      const auto then = measure::restarts_of(found->second.result);
      const auto now = measure::restarts_of(record.result);
      if (!then.empty() && !now.empty())
        content.against[title_of(name, all.read)] = measure::compare(then, now);
    }
    if (content.against.empty())
      log::warn("{} has none of these networks", options.against.string());
  }
  write_atomic(options.out, report::html::page(content));
  report::show("{}\n", report::file_and_size(options.out));
}

}  // namespace

void add_report(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("report", "Results as one page with pictures, in HTML");
  command
      ->add_option("results", options->results, "work folders of `run`, or files of `bench --json`")
      ->required();
  command->add_option("--against", options->against, "an older one of these, to compare with")
      ->type_name("FOLDER|FILE");
  add_output(*command, "--out", options->out, "the page")->capture_default_str();
  command->footer(
      "Example:\n  nnstretch report .\n"
      "  nnstretch report after --against before --out after.html");
  command->callback([options] { report_on(*options); });
}

}  // namespace nnstretch::cli
