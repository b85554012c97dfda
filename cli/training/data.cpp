// nnstretch data: data sets extracted, converted, made and described; one function a command.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "cli/options.h"
#include "cli/training/commands.h"
#include "data/beton_writer.h"
#include "data/dataset.h"
#include "data/glyphs.h"
#include "data/imagenet.h"
#include "data/prepare.h"
#include "report/reporter.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

namespace fs = std::filesystem;

struct InfoOptions {
  fs::path path;
  std::string split = "train";
  report::Outputs outputs;
};

void print_info(const InfoOptions& options) {
  const auto dataset = data::open_dataset(options.path, options.split);
  std::vector<size_t> counts(dataset->class_count());
  for (size_t i = 0; i < dataset->size(); ++i) ++counts[static_cast<size_t>(dataset->label(i))];
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  report::Report report{.page = {},
                        .json = {{"schema", 1},
                                 {"kind", dataset->kind()},
                                 {"samples", dataset->size()},
                                 {"classes", dataset->class_count()},
                                 {"class_names", dataset->class_names()},
                                 {"samples_per_class", counts}}};
  report.page.line("{}: {}, {} samples of {} classes{}", options.path.string(), dataset->kind(),
                   report::grouped(static_cast<int64_t>(dataset->size())), dataset->class_count(),
                   counts.empty() ? "" : fmt::format(", {} to {} each", *least, *most));
  report::emit(report, options.outputs);
}

void add_info(CLI::App& data) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = data.add_subcommand("info", "What a data set is and how much of it there is");
  command->add_option("path", options->path, "a data set of any kind")->required();
  command->add_option("--split", options->split, "train, val or test")->capture_default_str();
  add_outputs(*command, options->outputs);
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
  report::show("{}: {} samples, {} raw and {} jpg, {} bytes\n", command.to.string(),
               dataset->size(), summary.raw, summary.jpg,
               report::grouped(static_cast<int64_t>(summary.bytes)));
}

void add_write_beton(CLI::App& data) {
  auto given = std::make_shared<BetonCommand>();
  data::BetonOptions& options = given->options;
  CLI::App* command = data.add_subcommand("write-beton", "A data set as one .beton file of FFCV");
  command->alias("write_beton");
  command->add_option("from", given->from, "a data set of any kind")->required();
  add_output(*command, "to", given->to, "file to write (.beton)")->required();
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

void extract(const data::ImagenetOptions& options) {
  const data::ImagenetSummary done = data::extract_imagenet(options);
  if (!options.train.empty())
    report::show("train: {} classes, {} of them before; {} pictures extracted\n", done.classes,
                 done.train_there, done.train_new);
  if (!options.val.empty())
    report::show("val: {} pictures, {} of them before\n", done.val_new + done.val_there,
                 done.val_there);
}

void add_imagenet_extract(CLI::App& data) {
  auto options = std::make_shared<data::ImagenetOptions>();
  CLI::App* command = data.add_subcommand("imagenet-extract",
                                          "ImageNet 2012 from its archives to one folder a class");
  command->alias("imagenet_extract");
  command->add_option("--train", options->train, "ILSVRC2012_img_train.tar");
  command->add_option("--val", options->val, "ILSVRC2012_img_val.tar");
  command->add_option("--val_labels", options->val_labels,
                      "ILSVRC2012_devkit_t12.tar.gz, LOC_val_solution.csv or valprep.sh");
  add_output_folder(*command, "--out", options->out, "folder that gets train/ and val/")
      ->required();
  command->add_flag("!--no_check", options->check_sums,
                    "do not compare with the published MD5 sums");
  command->footer("May be interrupted and started again: what is complete is not extracted again.");
  command->callback([options] { extract(*options); });
}

void draw_glyphs(const data::GlyphOptions& options) {
  const data::GlyphSummary made = data::make_glyphs(options);
  report::show("{} faces of {} families ({} files without the letters)\n", made.faces,
               made.families, made.unusable);
  report::show("{}: {} training and {} validation pictures\n", options.out.string(), made.train,
               made.val);
}

void add_make_glyphs(CLI::App& data) {
  auto options = std::make_shared<data::GlyphOptions>();
  CLI::App* command =
      data.add_subcommand("make-glyphs", "The letters A to Z of many fonts, as a data set");
  command->alias("make_glyphs");
  add_output_folder(*command, "--out", options->out, "folder that gets train.beton and val.beton")
      ->required();
  command->add_option("--fonts", options->fonts,
                      "folders of .ttf and .otf files (default: the system's)");
  command->add_option("--seed", options->seed, "of places, colours and the split")
      ->capture_default_str();
  command->callback([options] { draw_glyphs(*options); });
}

struct PrepareCommand {
  fs::path path, out;
  std::string split = "train";
  data::TransformOptions transform;
  data::LoaderOptions loader{.batch_size = 16};
  size_t count = 16;
  int epoch = 0;
};

const std::map<std::string, data::Mode> kTransforms = {
    {"pytorch", data::Mode::pytorch}, {"ffcv", data::Mode::ffcv}, {"small", data::Mode::small}};
const std::map<std::string, image::Colour> kColours = {{"bgr", image::Colour::bgr},
                                                       {"rgb", image::Colour::rgb}};

void prepare(const PrepareCommand& command) {
  const auto dataset = data::open_dataset(command.path, command.split);
  const data::PreparedSummary written =
      data::write_prepared(*dataset, data::Transform(command.transform), command.loader,
                           command.epoch, command.count, command.out);
  report::show("{}: {} pictures, {} skipped\nlabels: {}\n", command.out.string(), written.pictures,
               written.skipped, fmt::join(written.labels, " "));
}

void add_prepare(CLI::App& data) {
  auto given = std::make_shared<PrepareCommand>();
  data::TransformOptions& transform = given->transform;
  CLI::App* command = data.add_subcommand("prepare", "What a network sees of a data set, as .npy");
  command->add_option("path", given->path, "a data set of any kind")->required();
  add_output(*command, "out", given->out, "file to write: float32 (pictures, 3, size, size)")
      ->required();
  command->add_option("--split", given->split, "train, val or test")->capture_default_str();
  command->add_option("--mode", transform.mode, "pytorch (default), ffcv or small")
      ->transform(CLI::CheckedTransformer(kTransforms));
  command->add_flag("--train", transform.train, "the transform of training, shuffled");
  command->add_option("--size", transform.size, "pixels, TRAIN.IM_SIZE")->capture_default_str();
  command->add_option("--resize", transform.resize, "pixels, TEST.IM_SIZE")->capture_default_str();
  command->add_option("--colour", transform.colour, "bgr or rgb (default: that of the mode)")
      ->transform(CLI::CheckedTransformer(kColours));
  command->add_option("--augment", transform.augment, "TRAIN.AUGMENT");
  command->add_option("--count", given->count, "pictures")->capture_default_str();
  command->add_option("--epoch", given->epoch, "of training")->capture_default_str();
  command->add_option("--seed", given->loader.seed, "of training")->capture_default_str();
  command->add_option("--workers", given->loader.workers, "threads")->capture_default_str();
  command->callback([given] {
    given->loader.shuffle = given->transform.train;
    prepare(*given);
  });
}

}  // namespace

void add_data(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "Extract, convert, make and describe data sets");
  data->require_subcommand(1);
  add_info(*data);
  add_write_beton(*data);
  add_imagenet_extract(*data);
  add_make_glyphs(*data);
  add_prepare(*data);
}

}  // namespace nnstretch::cli
