#include "pipeline/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/threads.h"
#include "engines/list.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "image/image.h"
#include "ir/stored_values.h"
#include "pipeline/bench_json.h"
#include "pipeline/config_files.h"
#include "pipeline/remarks.h"
#include "pipeline/run_checks.h"
#include "quantize/fidelity.h"
#include "quantize/int8.h"
#include "version.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

// Everything a model file is made from, then everything a row is made from.
struct Inputs {
  std::string model, row;
};

Inputs inputs_of(const fs::path& cfg, const config::Config& config, const RunOptions& options) {
  Hash model;
  model.add(NNSTRETCH_VERSION).add(read_bytes(cfg));
  const auto weights =
      options.network.weights.empty() ? fs::path(config.test.weights) : options.network.weights;
  if (!weights.empty()) model.add(read_bytes(weights));
  for (const auto& image : image::list_images(
           options.calibration.images.empty() ? own_photographs() : options.calibration.images))
    model.add(read_bytes(image));
  for (const std::string& word : options.overrides) model.add(word);
  model.add(fmt::format("{} {}", options.network.im_size, describe(options.calibration)));
  const std::string model_hash = model.hex();

  const PlaceOptions& place = options.bench.place;
  Hash row;
  row.add(model_hash);
  row.add(fmt::format("{} {} {} {} {} {} {} {} {} {}", options.bench.num_runs,
                      options.bench.warmup_runs, options.bench.sequential, place.engine,
                      place.num_threads, place.core_affinity, place.strict, place.spread,
                      fmt::join(place.without, ","), fmt::join(allowed_cores(), ",")));
  if (!options.trace_folder.empty()) row.add(fs::absolute(options.trace_folder).string());
  if (!place.machine.empty()) row.add(read_bytes(place.machine));
  if (!options.input_image.empty()) row.add(read_bytes(options.input_image));
  if (options.accuracy) row.add(options.accuracy_of_what);
  row.add(engines::find_engine(place.engine).version());
  if (!place.machine.empty())  // it may name any engine
    for (const auto& engine : engines::all_engines()) row.add(engine->version());
  return {model_hash, row.hex()};
}

std::vector<std::byte> timed_input(const ir::Model& model, const RunOptions& options) {
  const auto& type = model.graph.node(model.graph.inputs().at(0)).type;
  if (!options.input_image.empty())
    return ir::from_floats(image::prepare(image::decode(options.input_image), model.preprocess),
                           type);
  const auto images = photographs(
      model.preprocess, {.images = options.calibration.images, .count = 1}, /*mirrored=*/true);
  return ir::from_floats(images.at(0), type);
}

// Float logits against those of the very plan that was timed.
Json fidelity(const ir::Model& prepared, const runtime::CompiledPlan& plan,
              runtime::Session& session, const RunOptions& options) {
  const auto images = photographs(prepared.preprocess, options.calibration, /*mirrored=*/true);
  const auto& in = plan.plan().buffers.at(plan.plan().inputs.at(0)).type;
  const auto& out = plan.plan().buffers.at(plan.plan().outputs.at(0)).type;
  const auto where = float_runtime(static_cast<int>(allowed_cores().size()));
  engines::Runner reference(where.engine, prepared, where.processor);
  std::vector<std::vector<float>> expected, got;
  for (const auto& image : images) {
    const auto input = ir::from_floats(image, in);
    std::vector<std::byte> logits(out.bytes());
    session.run(input, logits);
    got.push_back(ir::to_floats(logits, out));
    expected.push_back(
        ir::to_floats(reference.run(std::as_bytes(std::span(image))), DType::f32, {}));
    if (std::all_of(logits.begin(), logits.end(), [&](std::byte b) { return b == logits[0]; }))
      throw EngineError({.what = "the int8 output is one constant byte",
                         .where = prepared.name,
                         .fix = "the network is numerically dead: check its weights"});
  }
  for (const auto* rows : {&expected, &got}) quantize::check_numbers(*rows, prepared.name);
  if (images.size() < 2) return {{"images", images.size()}};
  const auto f = quantize::compare(expected, got);
  return {{"images", f.images},
          {"centred_correlation_median", f.median},
          {"centred_correlation_worst", f.worst},
          {"wrong_image_median", f.wrong_image},
          {"top1_agreement", f.top1_agreement}};
}

class Job {
 public:
  Job(const fs::path& cfg, const RunOptions& options, std::function<void(const std::string&)> say)
      : cfg_(cfg),
        options_(options),
        say_(std::move(say)),
        config_(config::load(cfg, options.overrides)) {
    require_real_weights(config_, options);
    inputs_ = inputs_of(cfg, config_, options);
  }
  const std::string& inputs() const { return inputs_.row; }

  // Builds the file unless it is there, times what the file holds, and puts the row.
  std::string run(ResultTable& table) {
    const double begin = now_us();
    const ir::Model trained = float_model(config_, options_.network);
    const fs::path file = model_file(table);
    const ir::Model prepared = build(trained, file, table);
    const double build_seconds = (now_us() - begin) / 1e6;
    const ir::Model model = read_model(file);

    BenchOptions bench_options = options_.bench;
    bench_options.input = timed_input(model, options_);
    if (!options_.trace_folder.empty())
      bench_options.trace = options_.trace_folder / (file.stem().string() + ".json");
    const BenchResult result = bench(model, bench_options, say_);
    tell_fallbacks(*result.plan);
    say_("checking against float");
    runtime::Session session(result.plan);
    Json record = to_json(result);
    if (!options_.overrides.empty()) record["overrides"] = options_.overrides;
    record["model"] = file.string();
    record["model_bytes"] = fs::file_size(file);
    record["im_size"] = model.preprocess.crop;
    record["build_s"] = build_seconds;
    record["fidelity"] = fidelity(prepared, *result.plan, session, options_);
    record["context"] = context();
    std::string line = describe(result);
    if (options_.accuracy) {
      say_("testing");
      const Json& tested = record["accuracy"] = options_.accuracy(cfg_, file);
      check_same_plan(record.at("plan_hash"), tested.at("plan_hash"));
      line += fmt::format("  top-1 {:.2f} %", 100 - tested.at("top1_err").get<double>());
    }
    table.put(cfg_, inputs_.row, result.measured.latency.min, result.energy_uj, std::move(record));
    return line;
  }

 private:
  // Files of two configurations differ, though both are called net.yaml. Names of files have 255
  // bytes at most.
  fs::path model_file(const ResultTable& table) const {
    const std::string own = Hash().add(inputs_.model).add(table.name_of(cfg_)).hex();
    return options_.model_folder /
           fmt::format("{}-{}.tflite", cfg_.stem().string().substr(0, 150), own.substr(0, 8));
  }
  // The prepared float network; the int8 file beside it, unless it is there as it was made.
  ir::Model build(const ir::Model& trained, const fs::path& file, ResultTable& table) const {
    const std::string name = file.filename().string();
    const auto digest = [&] { return Hash().add(read_bytes(file)).hex(); };
    if (fs::is_regular_file(file) && digest() == table.digest_of(name))
      return quantize::prepare(trained);
    say_("quantising");
    Quantised made =
        quantise(trained, options_.calibration, static_cast<int>(allowed_cores().size()));
    write_network(file, made.int8);
    table.note_digest(name, digest());
    return made.prepared;
  }
  // Equal hashes are equal bytes: otherwise the accuracy is not that of what was timed.
  void check_same_plan(const std::string& timed, const std::string& tested) const {
    if (timed == tested) return;
    throw EngineError({.what = fmt::format("plan {} was timed, but plan {} tested", timed, tested),
                       .where = cfg_.string(),
                       .fix = "name one `engine`: auto chose anew and otherwise"});
  }
  static std::string describe(const BenchResult& result) {
    std::string text = fmt::format("{:9.1f} us", result.measured.latency.min);
    if (result.measured.bound_us) text += fmt::format("  bound {:9.1f}", *result.measured.bound_us);
    if (result.baseline)
      text += fmt::format("  whole, threads {} {:9.1f} ({})", result.baseline->threads,
                          result.baseline->min_us, result.baseline->engine);
    return text;
  }

  fs::path cfg_;
  const RunOptions& options_;
  std::function<void(const std::string&)> say_;
  config::Config config_;
  Inputs inputs_;
};

}  // namespace

RunSummary run(const RunOptions& options) {
  const auto files = config_files(options.configs);
  check_arguments(options, files);
  make_folders(options);
  ResultTable table(options.output_csv, [&](const std::string& holder) {
    log::info("{} is in use: waiting for {}", options.output_csv.string(), holder);
  });
  RunSummary summary;
  Progress progress("run", files.size());
  for (const fs::path& cfg : files) {
    const std::string name = cfg.stem().string();
    progress.step(name);
    const auto fail = [&](const std::string& message) {
      table.retire(cfg, message);
      progress.print(fmt::format("{:<24} failed: {}", cfg.string(), message));
      summary.failures.push_back({cfg.string(), message});
    };
    try {
      Job job(cfg, options,
              [&](const std::string& what) { progress.say(fmt::format("{}: {}", name, what)); });
      if (!options.force && table.has(cfg, job.inputs())) {
        ++summary.skipped;
        continue;
      }
      const std::string line = job.run(table);
      progress.print(fmt::format("{:<24} {}", cfg.string(), line));
      ++summary.done;
    } catch (const Error& error) {
      fail(error.what());
    } catch (const std::bad_alloc&) {
      fail("out of memory");
    } catch (const std::exception& error) {  // of a library
      fail(error.what());
    }
  }
  return summary;
}

}  // namespace nnstretch::pipeline
