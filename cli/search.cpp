// nnstretch search: the best branching of a network for a profiled machine, as configurations.
#include "search/search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "pipeline/profile.h"
#include "report/search_page.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path net, profile, out, like;
  std::vector<std::string> overrides;
  int im_size = 0;
  search::Wishes wishes;
  int measure = 0;  // so many of the best are timed here
  plan::Placing placing;
  bool force = false;
  report::Outputs outputs;
};

constexpr int kRounds = 20;

// The best networks and the plain one on each kind of processor, in turns.
void measure(const Options& options, report::SearchReport& report, const search::Plain& plain,
             const search::Predictor& predictor, const plan::Surroundings& here) {
  const search::ProfiledMachine& profiled = predictor.profile().machine;
  const auto machine = plan::machine_for(profiled.roles(), options.placing, here);
  const auto different = search::differences(pipeline::profiled_machine(machine, here), profiled);
  if (!different.empty() && !options.force)
    throw ConfigError(
        {.what = fmt::format("the profile is of another machine: {}", fmt::join(different, ", ")),
         .where = options.profile.string(),
         .fix = "measure there, or here all the same with --force"});
  if (!different.empty()) log::warn("measured on another machine than the profile's");
  std::vector<config::Config> configs;
  const size_t count = std::min<size_t>(options.measure, report.files.size());
  for (size_t i = 0; i < count; ++i) configs.push_back(report.result.networks[i].config);
  for (const auto& one : report.result.plain)
    configs.push_back(search::on_role(plain.config(), one.role));
  const auto us = pipeline::time_configs(configs, plain.im_size(), kRounds, options.placing, here);
  for (size_t i = 0; i < us.size(); ++i)
    if (i < count)
      report.files[i].measured_us = us[i];
    else
      report.plain_us.emplace_back(us[i]);
}

search::Wishes wishes_of(const Options& options, const search::Plain& plain) {
  search::Wishes wishes = options.wishes;
  if (options.like.empty()) return wishes;
  const auto kept = search::kept_of(config::load(options.like, options.overrides), plain);
  for (const auto& stage : kept.stages) wishes.stage_shares.push_back(stage.multiply_adds);
  wishes.depth_share = kept.least_depth;
  wishes.total = kept.all.multiply_adds;
  return wishes;
}

void search(const Options& options, const plan::Surroundings& here) {
  const search::Predictor predictor(search::read_profile(options.profile));
  for (const std::string& note : predictor.profile().notes) log::warn("{}", note);
  const auto config = config::load(options.net, options.overrides);
  const search::Plain plain(config, options.im_size ? options.im_size : config.train.im_size);
  report::SearchReport report{.net = options.net.string(),
                              .result = search::search(plain, predictor, wishes_of(options, plain)),
                              .files = {}};
  for (size_t i = 0; i < report.result.networks.size(); ++i) {
    const auto name = fmt::format("{}-{}.yaml", options.net.stem().string(), i + 1);
    report.files.push_back({options.out / name});
    write_atomic(report.files.back().file, config::dump(report.result.networks[i].config));
  }
  if (options.measure > 0) measure(options, report, plain, predictor, here);
  report::emit(report::report_of(report, predictor), options.outputs);
}

}  // namespace

void add_search(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("search", "The best branching of a network for a profiled machine");
  command->add_option("--net", options->net, "the plain network (YAML)")
      ->type_name("FILE")
      ->required();
  command->add_option("--profile", options->profile, "what `nnstretch profile` wrote")
      ->type_name("FILE")
      ->required();
  add_output_folder(*command, "--out", options->out, "folder for the configurations")->required();
  add_overrides(*command, options->overrides);
  command->add_option("--im_size", options->im_size, "input pixels (default: TRAIN.IM_SIZE)")
      ->check(CLI::Range(1, 8192));
  auto& wishes = options->wishes;
  command
      ->add_option("--stage_share", wishes.stage_share,
                   "of the plain network's multiply-adds, that every stage keeps")
      ->capture_default_str();
  command
      ->add_option("--depth_share", wishes.depth_share,
                   "of the plain network's depth, that every branch keeps")
      ->capture_default_str();
  CLI::Option* total =
      command->add_option("--total", wishes.total, "of the plain network's multiply-adds, in all")
          ->capture_default_str();
  command->add_option("--max_params", wishes.most_parameters,
                      "of the plain network's parameters, at most");
  command
      ->add_option("--latency", wishes.latency_us,
                   "the most multiply-adds within so many microseconds, in place of --total")
      ->excludes(total)
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--like", options->like,
                   "a stretch (YAML) whose shares are kept in place of these")
      ->type_name("FILE")
      ->excludes(total);
  command->add_option("--roles", wishes.roles, "processors to use (default: all of the profile)")
      ->type_name("ROLE,...")
      ->delimiter(',');
  command->add_option("--count", wishes.effort.count, "networks wanted")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      ->add_option("--measure", options->measure,
                   "time so many of the best here, in turns with the plain network")
      ->check(CLI::Range(1, 100));
  command->add_flag("--force", options->force, "measure on another machine than the profile's");
  add_placing(*command, options->placing);
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n"
      "  nnstretch search --net configs/mi/R-34-C.yaml --profile mi.jsonl --out found\n"
      "  nnstretch search --net configs/mi/R-34-C.yaml --profile mi.jsonl --out found --latency "
      "15000");
  command->callback([options, &here] { search(*options, here); });
}

}  // namespace nnstretch::cli
