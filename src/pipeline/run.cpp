#include "pipeline/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "image/image.h"
#include "ir/stored_values.h"
#include "pipeline/config_files.h"
#include "pipeline/row_inputs.h"
#include "pipeline/run_checks.h"
#include "quantize/fidelity.h"
#include "quantize/int8.h"
#include "report/record.h"
#include "report/result_page.h"
#include "version.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

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
report::FidelityResult fidelity(const ir::Model& prepared, const ir::TensorType& out,
                                std::span<const std::vector<float>> images,
                                std::span<const std::vector<std::byte>> answers,
                                const plan::Surroundings& here) {
  const auto where = float_runtime(here);
  engines::Runner reference(where.engine, prepared, where.processor);
  std::vector<std::vector<float>> expected, got;
  for (size_t i = 0; i < images.size(); ++i) {
    const auto& logits = answers[i];
    got.push_back(ir::to_floats(logits, out));
    expected.push_back(
        ir::to_floats(reference.run(std::as_bytes(std::span(images[i]))), DType::f32, {}));
    if (std::all_of(logits.begin(), logits.end(), [&](std::byte b) { return b == logits[0]; }))
      throw EngineError({.what = "the int8 output is one constant byte",
                         .where = prepared.name,
                         .fix = "the network is numerically dead: check its weights"});
  }
  for (const auto* rows : {&expected, &got}) quantize::check_numbers(*rows, prepared.name);
  if (images.size() < 2) return {.images = images.size()};
  const auto f = quantize::compare(expected, got);
  return {f.images, f.median, f.worst, f.wrong_image, f.top1_agreement};
}

class Job {
 public:
  Job(const fs::path& cfg, const RunOptions& options, const plan::Surroundings& here,
      std::function<void(const std::string&)> say)
      : cfg_(cfg),
        options_(options),
        here_(here),
        say_(std::move(say)),
        config_(config::load(cfg, options.overrides)) {
    require_real_weights(config_, options);
    inputs_ = inputs_of(cfg, config_, options, here);
  }
  const NamedInputs& inputs() const { return inputs_.row; }

  // Builds the file unless it is there, times what the file holds, and puts the row.
  std::string run(ResultTable& table) {
    const double begin = now_us();
    const ir::Model trained = float_model(config_, options_.network);
    const fs::path file = model_file(table);
    const ir::Model prepared = build(trained, file, table);
    const double build_seconds = (now_us() - begin) / 1e6;
    const ir::Model model = read_model(file);

    const auto images = photographs(prepared.preprocess, options_.calibration, /*mirrored=*/true);
    const auto& graph = model.graph;
    remote::BenchJob job{.model = file,
                         .options = options_.bench,
                         .input = graph.node(graph.inputs().at(0)).type,
                         .output = graph.node(graph.outputs().at(0)).type,
                         .trace = trace_of(file)};
    job.options.inputs = {timed_input(model, options_)};
    for (const auto& image : images)
      job.options.inputs.push_back(ir::from_floats(image, job.input));
    report::Record record;
    auto timed = options_.timed(job, say_);
    if (digest(file) != table.digest_of(file.filename().string()))
      throw EngineError({.what = "the model file was changed while it was timed",
                         .where = file.string(),
                         .fix = "run it again"});
    record.result = std::move(timed.result);
    record.result.model = file.string();
    say_("checking against float");
    record.overrides = options_.overrides;
    record.model_bytes = static_cast<int64_t>(fs::file_size(file));
    record.im_size = model.preprocess.crop;
    record.build_s = build_seconds;
    record.fidelity =
        fidelity(prepared, job.output, images, std::span(timed.answers).subspan(1), here_);
    std::string line = report::one_line(record.result);
    if (options_.accuracy) {
      say_("testing");
      record.accuracy = options_.accuracy(cfg_, file);
      check_same_plan(record.result.remarks.plan_hash,
                      record.accuracy->remarks ? record.accuracy->remarks->plan_hash : "");
      line += report::top1(*record.accuracy);
    }
    const double us = record.result.latency.min, uj = record.result.energy.uj_per_inference;
    Json json = report::to_json(record);
    json["made_from"] = inputs_.row.named;
    table.put(cfg_, inputs_.row.key(), us, uj, std::move(json));
    return line;
  }

 private:
  static std::string digest(const fs::path& file) { return Hash().add(read_bytes(file)).hex(); }
  // Files of two configurations differ, though both are called net.yaml. Names of files have 255
  // bytes at most.
  fs::path model_file(const ResultTable& table) const {
    const std::string own = Hash().add(inputs_.model.key()).add(table.name_of(cfg_)).hex();
    return options_.model_folder /
           fmt::format("{}-{}.tflite", cfg_.stem().string().substr(0, 150), own.substr(0, 8));
  }
  // The prepared float network; the int8 file beside it, unless it is there as it was made.
  ir::Model build(const ir::Model& trained, const fs::path& file, ResultTable& table) const {
    const std::string name = file.filename().string();
    if (fs::is_regular_file(file) && digest(file) == table.digest_of(name))
      return quantize::prepare(trained);
    say_("quantising");
    Quantised made = quantise(trained, options_.calibration, here_);
    write_network(file, made.int8);
    table.note_digest(name, digest(file));
    return made.prepared;
  }
  // Equal hashes are equal bytes: otherwise the accuracy is not that of what was timed.
  void check_same_plan(const std::string& timed, const std::string& tested) const {
    if (timed == tested) return;
    throw EngineError({.what = fmt::format("plan {} was timed, but plan {} tested", timed, tested),
                       .where = cfg_.string(),
                       .fix = "name one `engine`: auto chose anew and otherwise"});
  }
  fs::path trace_of(const fs::path& file) const {
    if (options_.trace_folder.empty()) return {};
    return options_.trace_folder / (file.stem().string() + ".json");
  }

  fs::path cfg_;
  const RunOptions& options_;
  const plan::Surroundings& here_;
  std::function<void(const std::string&)> say_;
  config::Config config_;
  RowInputs inputs_;
};

// A record as a value; nothing if this version cannot read it: it is made again then.
std::optional<report::Record> record_of(const Json& json) try {
  return report::record_from_json(json, "");
} catch (const FormatError&) {
  return {};
}

std::string why_again(const Json& before, bool readable, const NamedInputs& inputs) {
  if (before.is_null()) return {};
  if (!readable) return "its record is not one that this version reads";
  std::map<std::string, std::string> made_from;
  Json named = before.value("made_from", Json::object());
  if (!named.is_object()) named = Json::object();
  for (const auto& [name, value] : named.items())
    if (value.is_string()) made_from[name] = value.get<std::string>();
  return inputs.difference_to(made_from);
}

}  // namespace

RunSummary run(const RunOptions& options, const plan::Surroundings& here) {
  const auto files = config_files(options.configs);
  check_arguments(options, files, here);
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
      Job job(cfg, options, here,
              [&](const std::string& what) { progress.say(fmt::format("{}: {}", name, what)); });
      const Json before = table.record(cfg);
      const auto known = record_of(before);
      if (!options.force && known && table.has(cfg, job.inputs().key())) {
        summary.of_other_commits += known->result.context.commit != NNSTRETCH_COMMIT;
        ++summary.skipped;
        continue;
      }
      if (const auto why = why_again(before, known.has_value(), job.inputs()); !why.empty())
        log::info("{} is run again, {}", name, why);
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
  for (const auto& [name, json] : table.records())
    if (auto record = record_of(json))
      summary.records[name] = std::move(*record);
    else
      log::info("note: the record of {} is not one that this version reads", name);
  return summary;
}

}  // namespace nnstretch::pipeline
