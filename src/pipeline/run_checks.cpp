#include "pipeline/run_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.h"
#include "engines/list.h"
#include "image/image.h"
#include "nets/build.h"
#include "pipeline/result_table.h"
#include "quantize/mixed_precision.h"
#include "weights/weights.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

// An error that an argument is to blame for.
template <class F>
decltype(auto) as_usage(F&& call) try {
  return call();
} catch (const UsageError&) {
  throw;
} catch (const Error& error) {
  throw UsageError(error.message());
}

void must_exist(const fs::path& path, const char* flag) {
  std::error_code error;
  if (path.empty() || fs::exists(path, error)) return;
  throw UsageError(
      {.what = "no such file or folder", .where = fmt::format("{} {}", flag, path.string())});
}

void check_engine(const std::string& name, const engines::EngineList& engines) {
  if (name == "auto") return;  // takes what works
  const engines::Engine& engine = as_usage([&]() -> const auto& { return engines.find(name); });
  std::string why_not;
  for (const auto& device : engine.devices()) {
    if (device.usable) return;
    why_not = device.why_not;
  }
  throw UsageError({.what = fmt::format("{} cannot be used here: {}", name, why_not),
                    .where = "`engine`",
                    .fix = "`nnstretch devices` shows what can"});
}

// The project's own are there, or those that were asked for are pictures.
void check_pictures(const CalibrationOptions& options) {
  const bool own = options.images.empty();
  const fs::path folder = own ? own_photographs() : options.images;
  auto pictures = as_usage([&] { return image::list_images(folder); });
  if (pictures.empty())
    throw UsageError({.what = "there is no picture to calibrate with",
                      .where = "`calibration` " + folder.string(),
                      .fix = "name a folder of JPEG or PNG files"});
  if (own) return;
  if (pictures.size() > options.count) pictures.resize(options.count);
  for (const auto& picture : pictures) (void)image::decode(picture);
}

// A configuration is read again later: whether it changed decides what is run.
void check_files(const std::vector<fs::path>& files) {
  for (const fs::path& file : files)
    if (std::error_code ignored; !fs::is_regular_file(file, ignored))
      throw UsageError({.what = "a configuration must be a file, no pipe or device",
                        .where = "`configs` " + file.string()});
}

// Arguments that only mean something beside a network.
class NetworkCheck {
 public:
  NetworkCheck(const RunOptions& options, const plan::Surroundings& here)
      : options_(options), here_(here) {
    if (!options.network.weights.empty()) weights_ = weights::load(options.network.weights).weights;
  }

  void check(const fs::path& cfg) const {
    const auto config = as_usage([&] { return config::load(cfg, options_.overrides); });
    as_usage([&] { require_real_weights(config, options_); });
    const int side = options_.network.im_size > 0 ? options_.network.im_size : config.train.im_size;
    const ir::Graph graph = as_usage([&] { return nets::build(config, side); });
    if (weights_) (void)weights::select(graph, *weights_, options_.network.weights.string());
    for (const std::string& block : options_.calibration.float_blocks) check_block(graph, block);
    if (place_is_given()) check_reach(machine_for(graph, options_.bench.placing, here_));
  }

 private:
  bool place_is_given() const {
    const plan::Placing& place = options_.bench.placing;
    return options_.elsewhere.empty() &&
           (!place.machine.empty() || place.num_threads || !place.core_affinity.empty() ||
            !place.without.empty() || place.engine != "auto" || place.arithmetic);
  }
  static void check_block(const ir::Graph& graph, const std::string& block) {
    std::vector<std::string> names;
    for (const auto& [name, nodes] : quantize::blocks_of(graph)) names.push_back(name);
    if (std::find(names.begin(), names.end(), block) == names.end())
      throw UsageError({.what = fmt::format("the network has no block '{}'", block),
                        .where = "`float_blocks`",
                        .fix = fmt::format("it has {}", fmt::join(names, ", "))});
  }

  // An engine that was named and reaches none of the processors would fail in every network.
  void check_reach(const plan::Machine& machine) const {
    const std::string& name = options_.bench.placing.engine;
    if (name == "auto" || !options_.bench.placing.machine.empty()) return;
    const auto devices = here_.engines.find(name).devices();
    for (const auto& processor : machine.processors)
      for (const auto& device : devices)
        if (device.usable && device.name == processor.device) return;
    throw UsageError(
        {.what = fmt::format("{} reaches no processor of this machine by itself", name),
         .where = "`engine`",
         .fix = "name another engine, or its device in a machine file"});
  }

  const RunOptions& options_;
  const plan::Surroundings& here_;
  std::optional<ir::WeightStore> weights_;
};

// Whether the configuration is one without any argument.
bool stands_alone(const fs::path& cfg) try {
  const auto config = config::load(cfg);
  (void)nets::build(config, config.train.im_size);
  return true;
} catch (const std::exception&) {
  return false;
}

void check_networks(const RunOptions& options, const std::vector<fs::path>& files,
                    const plan::Surroundings& here) {
  const NetworkCheck network(options, here);
  std::exception_ptr first;
  for (const fs::path& cfg : files) {
    if (!stands_alone(cfg)) continue;
    try {
      return network.check(cfg);
    } catch (const Error&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

void check_table(const RunOptions& options) {
  const fs::path& csv = options.output_csv;
  std::error_code ignored;
  const auto type = fs::status(csv, ignored).type();
  if (type != fs::file_type::not_found && type != fs::file_type::regular)
    throw UsageError({.what = "the table of results is rewritten row by row: it must be a file",
                      .where = "`output_csv` " + csv.string()});
  const auto same = [](const fs::path& a, const fs::path& b) {
    return fs::absolute(a).lexically_normal() == fs::absolute(b).lexically_normal();
  };
  for (const fs::path& file : ResultTable::files_of(csv))
    for (const auto& [name, folder] : {std::pair("`host_tmp_dir` ", options.model_folder),
                                       std::pair("`trace` ", options.trace_folder)})
      if (!folder.empty() && same(folder, file))
        throw UsageError({.what = fmt::format("{} goes there", file.filename().string()),
                          .where = name + folder.string(),
                          .fix = "name another folder"});
  if (csv.extension() == ".json")
    throw UsageError({.what = "result.json goes there",
                      .where = "`output_csv` " + csv.string(),
                      .fix = "give the table a name that ends in .csv"});
}

}  // namespace

void require_real_weights(const config::Config& config, const RunOptions& options) {
  if (options.real_weights_only && options.network.weights.empty() && config.test.weights.empty())
    throw ConfigError({.what = "there are no weights for `use_real_weights`",
                       .where = config.where("TEST.WEIGHTS"),
                       .fix = "set TEST.WEIGHTS or give `weights` FILE"});
}

void check_arguments(const RunOptions& options, const std::vector<fs::path>& files,
                     const plan::Surroundings& here) {
  check_files(files);
  must_exist(options.network.weights, "`weights`");
  must_exist(options.bench.placing.machine, "`machine`");
  must_exist(options.input_image, "`input_image`");
  must_exist(options.calibration.images, "`calibration`");
  check_table(options);
  if (options.elsewhere.empty()) check_engine(options.bench.placing.engine, here.engines);
  if (!options.input_image.empty()) (void)image::decode(options.input_image);
  check_pictures(options.calibration);
  check_networks(options, files, here);
}

void make_folders(const RunOptions& options) {
  std::vector<fs::path> made;  // the inner ones first
  for (const fs::path& wanted : {fs::absolute(options.output_csv).parent_path(),
                                 options.model_folder, options.trace_folder}) {
    if (wanted.empty()) continue;
    std::error_code error;
    std::vector<fs::path> missing;
    for (fs::path at = fs::absolute(wanted); !fs::exists(at, error); at = at.parent_path())
      missing.push_back(at);
    error.clear();
    fs::create_directories(wanted, error);
    made.insert(made.begin(), missing.begin(), missing.end());
    if (!error && ::access(wanted.c_str(), W_OK | X_OK) != 0)
      error = std::error_code(errno, std::generic_category());
    if (!error) continue;
    std::error_code ignored;  // only empty ones go
    for (const fs::path& folder : made) fs::remove(folder, ignored);
    throw UsageError(
        {.what = "cannot write to the folder: " + error.message(), .where = wanted.string()});
  }
}

}  // namespace nnstretch::pipeline
