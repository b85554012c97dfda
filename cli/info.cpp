// nnstretch info: what networks cost, before anything runs.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/csv.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/show.h"
#include "cost/cost.h"
#include "pipeline/config_files.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::vector<std::filesystem::path> configs;
  std::vector<std::string> overrides;
  bool csv = false;
  int im_size = 0;
  std::filesystem::path json;
};

void print_csv(const std::string& cfg, const cost::Report& report) {
  std::vector<std::string> cells = {cfg};
  for (const int64_t value : {report.pycls.flops, report.pycls.params, report.pycls.acts,
                              report.real.flops, report.real.params})
    cells.push_back(std::to_string(value));
  fmt::print("{}", csv::line(cells));
}

void print_table(const std::string& cfg, int im_size, const cost::Report& report) {
  show("{} at {}x{}\n", cfg, im_size, im_size);
  Table table({"part", "role", "output", "w_in", "w_out", "flops", "params", "acts", "share"},
              {true, true});
  for (const auto& row : report.rows)
    table.add({row.part, row.role, fmt::format("{0}x{0}", row.height), std::to_string(row.w_in),
               std::to_string(row.w_out), grouped(row.cost.flops), grouped(row.cost.params),
               grouped(row.cost.acts),
               fmt::format("{:.1f} %", 100.0 * row.cost.flops / report.pycls.flops)});
  table.add({"sum", "", "", "", "", grouped(report.pycls.flops), grouped(report.pycls.params),
             grouped(report.pycls.acts), ""});
  table.add({"as built", "", "", "", "", grouped(report.real.flops), grouped(report.real.params),
             grouped(report.real.acts), ""});
  table.print(stdout);
  fmt::print(
      "flops are multiply-adds; the sum counts as pycls does (ORIGINAL_WIDTHS taken on trust)\n\n");
}

pipeline::Json to_json(const ir::Cost& cost) {
  return {{"flops", cost.flops}, {"params", cost.params}, {"acts", cost.acts}};
}

pipeline::Json to_json(const std::string& cfg, int im_size, const cost::Report& report) {
  pipeline::Json rows = pipeline::Json::array();
  for (const auto& row : report.rows)
    rows.push_back({{"part", row.part},
                    {"branch", row.branch},
                    {"role", row.role},
                    {"height", row.height},
                    {"w_in", row.w_in},
                    {"w_out", row.w_out},
                    {"cost", to_json(row.cost)}});
  return {{"cfg", cfg},
          {"im_size", im_size},
          {"pycls", to_json(report.pycls)},
          {"as_built", to_json(report.real)},
          {"rows", rows}};
}

void info(const Options& options) {
  pipeline::Json json = {{"schema", 1}, {"networks", pipeline::Json::array()}};
  const bool csv = options.csv && options.json != "-", text = !options.csv && options.json != "-";
  if (csv) fmt::print("cfg,flops,params,acts,true_flops,true_params\n");
  for (const auto& path : pipeline::config_files(options.configs)) {
    const auto config = config::load(path, options.overrides);
    const int size = options.im_size ? options.im_size : config.train.im_size;
    const auto report = cost::count(config, size);
    if (csv) print_csv(path.string(), report);
    if (text) print_table(path.string(), size, report);
    json["networks"].push_back(to_json(path.string(), size, report));
  }
  if (!options.json.empty()) write_json(options.json, json_text(json));
}

}  // namespace

void add_info(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("info", "Multiply-adds, parameters and activations");
  add_configs(*command, options->configs, options->overrides);
  command->add_flag("--csv", options->csv, "one line a configuration");
  command->add_option("--im_size", options->im_size, "input pixels (default: TRAIN.IM_SIZE)");
  add_json(*command, options->json);
  command->footer(
      "Example:\n  nnstretch info --cfg configs/mi/R-34-CDG.yaml\n"
      "  nnstretch info --csv --cfg configs/mi/*.yaml TRAIN.IM_SIZE 160");
  command->callback([options] { info(*options); });
}

}  // namespace nnstretch::cli
