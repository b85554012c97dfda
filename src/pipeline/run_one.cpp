#include "pipeline/run_one.h"

#include <algorithm>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "image/image.h"
#include "ir/stored_values.h"
#include "quantize/fidelity.h"
#include "quantize/int8.h"

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

class Work {
 public:
  Work(const OneRun& one, const RunOptions& options, const plan::Surroundings& here,
       const OnStep& say)
      : one_(one), options_(options), here_(here), say_(say) {}

  report::Record record() const {
    const double begin = now_us();
    const ir::Model prepared = build();
    const double build_seconds = (now_us() - begin) / 1e6;
    const std::string digest = model_digest(one_.model);
    const ir::Model model = read_model(one_.model);
    const auto images = photographs(prepared.preprocess, options_.calibration, /*mirrored=*/true);
    const remote::BenchJob job = job_of(model, images);
    auto timed = options_.timed(job, say_);
    if (model_digest(one_.model) != digest) {
      fs::remove(one_.model);  // nobody knows what it is
      throw EngineError({.what = "the model file was changed while it was timed",
                         .where = one_.model.string(),
                         .fix = "run it again"});
    }
    report::Record record;
    record.result = std::move(timed.result);
    record.result.model = one_.model.string();
    record.overrides = options_.overrides;
    record.model_bytes = static_cast<int64_t>(fs::file_size(one_.model));
    record.im_size = model.preprocess.crop;
    record.build_s = build_seconds;
    if (timed.answers.empty()) return record;  // of a tool that gives none
    say_("checking against float");
    record.fidelity =
        fidelity(prepared, job.output, images, std::span(timed.answers).subspan(1), here_);
    return record;
  }

 private:
  // The prepared float network; the int8 file, unless it is there as it was made.
  ir::Model build() const {
    const auto config = config::load(one_.cfg, options_.overrides);
    const ir::Model trained = float_model(config, options_.network);
    if (fs::is_regular_file(one_.model)) return quantize::prepare(trained);
    say_("quantising");
    const auto calibration = on_own_pictures(options_.calibration, config);
    Quantised made = quantise(trained, calibration, here_);
    write_network(one_.model, made.int8, {.calibrated_on = pictures_said(calibration)});
    return made.prepared;
  }

  // The first input is timed; the others are images that calibration has not seen.
  remote::BenchJob job_of(const ir::Model& model,
                          std::span<const std::vector<float>> images) const {
    const auto& graph = model.graph;
    remote::BenchJob job{.model = one_.model,
                         .options = options_.bench,
                         .input = graph.node(graph.inputs().at(0)).type,
                         .output = graph.node(graph.outputs().at(0)).type};
    if (!options_.trace_folder.empty())
      job.trace = options_.trace_folder / (one_.model.stem().string() + ".json");
    job.options.inputs = {timed_input(model, options_)};
    for (const auto& image : images)
      job.options.inputs.push_back(ir::from_floats(image, job.input));
    return job;
  }

  const OneRun& one_;
  const RunOptions& options_;
  const plan::Surroundings& here_;
  const OnStep& say_;
};

}  // namespace

std::string model_digest(const fs::path& file) { return Hash().add(read_bytes(file)).hex(); }

report::Record run_one(const OneRun& one, const RunOptions& options, const plan::Surroundings& here,
                       const OnStep& say) {
  return Work(one, options, here, say).record();
}

}  // namespace nnstretch::pipeline
