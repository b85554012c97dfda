// nnstretch data: data sets extracted, converted, made and described; one function a command.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/options.h"
#include "cli/training/commands.h"
#include "data/beton_writer.h"
#include "data/dataset.h"

namespace nnstretch::cli {
namespace {

namespace fs = std::filesystem;

struct InfoOptions {
  fs::path path;
  std::string split = "train", json;
};

void print_info(const InfoOptions& options) {
  const auto dataset = data::open_dataset(options.path, options.split);
  std::vector<size_t> counts(dataset->class_count());
  for (size_t i = 0; i < dataset->size(); ++i) ++counts[static_cast<size_t>(dataset->label(i))];
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  if (!options.json.empty())
    return write_json(options.json, nlohmann::json{{"schema", 1},
                                                   {"kind", dataset->kind()},
                                                   {"samples", dataset->size()},
                                                   {"classes", dataset->class_count()},
                                                   {"class_names", dataset->class_names()},
                                                   {"samples_per_class", counts}}
                                        .dump(2));
  fmt::print("{}: {}, {} samples of {} classes", options.path.string(), dataset->kind(),
             grouped(static_cast<int64_t>(dataset->size())), dataset->class_count());
  if (!counts.empty()) fmt::print(", {} to {} each", *least, *most);
  fmt::print("\n");
}

void add_info(CLI::App& data) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = data.add_subcommand("info", "What a data set is and how much of it there is");
  command->add_option("path", options->path, "a data set of any kind")->required();
  command->add_option("--split", options->split, "train, val or test")->capture_default_str();
  command->add_option("--json", options->json, "the same as JSON to a file, - for stdout");
  command->callback([options] { print_info(*options); });
}

struct BetonCommand {
  fs::path from, to;
  std::string split = "train";
  data::BetonOptions options;
};

const std::map<std::string, data::BetonMode> kModes = {{"raw", data::BetonMode::raw},
                                                       {"jpg", data::BetonMode::jpg},
                                                       {"smart", data::BetonMode::smart},
                                                       {"proportion", data::BetonMode::proportion}};

void write_beton(const BetonCommand& command) {
  const auto dataset = data::open_dataset(command.from, command.split);
  const data::BetonSummary summary = data::write_beton(*dataset, command.to, command.options);
  fmt::print("{}: {} samples, {} raw and {} jpg, {} bytes\n", command.to.string(), dataset->size(),
             summary.raw, summary.jpg, grouped(static_cast<int64_t>(summary.bytes)));
}

void add_write_beton(CLI::App& data) {
  auto given = std::make_shared<BetonCommand>();
  data::BetonOptions& options = given->options;
  CLI::App* command = data.add_subcommand("write-beton", "A data set as one .beton file of FFCV");
  command->alias("write_beton");
  command->add_option("from", given->from, "a data set of any kind")->required();
  command->add_option("to", given->to, "file to write (.beton)")->required();
  command->add_option("--split", given->split, "train, val or test")->capture_default_str();
  command->add_option("--mode", options.mode, "raw, jpg, smart or proportion (default)")
      ->transform(CLI::CheckedTransformer(kModes));
  command
      ->add_option("--compress_probability", options.compress_probability,
                   "share of jpg in mode proportion")
      ->capture_default_str();
  command->add_option("--smart_threshold", options.smart_threshold,
                      "mode smart: more bytes of raw pixels become jpg");
  command->add_option("--max_resolution", options.max_resolution,
                      "longer sides are cut down to it (default: they stay)");
  command->add_option("--jpeg_quality", options.jpeg_quality, "0 to 100")->capture_default_str();
  command->add_option("--page_size", options.page_size, "bytes, a power of two")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "of what is jpg in mode proportion");
  command->add_option("--workers", options.workers, "threads")->capture_default_str();
  command->footer(
      "The published weights were trained with --mode proportion --max_resolution 500\n"
      "--compress_probability 0.5 --jpeg_quality 90.");
  command->callback([given] { write_beton(*given); });
}

}  // namespace

void add_data(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "Extract, convert, make and describe data sets");
  data->require_subcommand(1);
  add_info(*data);
  add_write_beton(*data);
}

}  // namespace nnstretch::cli
