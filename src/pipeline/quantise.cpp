#include "pipeline/quantise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "base/error.h"
#include "engines/list.h"
#include "quantize/equalise.h"

namespace nnstretch::pipeline {
namespace {

using quantize::Observer;
constexpr auto kObservers = {Observer::minmax, Observer::percentile, Observer::mse,
                             Observer::entropy};
// Images that decide, before those that the report scores.
constexpr size_t kDeciding = 16;

// Ranges by any observer, from one or two passes over the images.
class Calibration {
 public:
  Calibration(const ir::Model& prepared, const CalibrationOptions& options, quantize::Images images,
              const quantize::Runtime& real)
      : options_(options), taps_(prepared.graph) {
    extremes_ = quantize::calibrate(prepared, images, real, [&](size_t, const auto& node, auto v) {
      if (options.bias_correction) taps_.see(node, v);
    });
    if (options.observer != Observer::minmax)
      seen_ = quantize::histograms(prepared, images, real, extremes_);
  }
  quantize::Ranges ranges(Observer observer) const {
    return observer == Observer::minmax ? extremes_
                                        : quantize::choose(observer, seen_, options_.percentile);
  }
  quantize::Int8Options int8() const {
    return {.bias_correction = options_.bias_correction ? &taps_ : nullptr};
  }

 private:
  const CalibrationOptions& options_;
  quantize::TapMeans taps_;
  quantize::Ranges extremes_;
  quantize::Histograms seen_;
};

// Images with their float logits, made when the first choice needs them.
struct Deciding {
  std::vector<std::vector<float>> images, expected;
};

Deciding deciding(const ir::Model& prepared, const CalibrationOptions& options,
                  const quantize::Runtime& real) {
  Deciding all{held_out(prepared.preprocess, options, 0, kDeciding), {}};
  all.expected = quantize::logits(prepared, all.images, real);
  return all;
}

Observer best_observer(Quantised& result, const Calibration& seen, const Deciding& images,
                       const quantize::Runtime& int8) {
  for (const Observer observer : kObservers) {
    const auto made = quantize::to_int8(result.prepared, seen.ranges(observer), seen.int8());
    result.trials.push_back(
        {observer,
         quantize::compare(images.expected, quantize::logits(made, images.images, int8))});
  }
  return std::max_element(
             result.trials.begin(), result.trials.end(),
             [](const auto& a, const auto& b) { return a.fidelity.median < b.fidelity.median; })
      ->observer;
}

// Photographs are all there is to calibrate with.
void check_input(const ir::Model& model) {
  const int64_t side = model.preprocess.crop;
  if (model.graph.inputs().size() != 1 ||
      model.graph.node(model.graph.inputs()[0]).type.shape != ir::Shape{1, side, side, 3})
    throw ShapeError({.what = "only networks of one square colour image can be calibrated",
                      .where = model.name,
                      .fix = "export the network with an input of one image of three channels"});
}

void keep_float(const std::string& block, const ir::Model& prepared,
                quantize::Int8Options& options) {
  const auto blocks = quantize::blocks_of(prepared.graph);
  const auto found = blocks.find(block);
  if (found == blocks.end()) {
    std::vector<std::string> names;
    for (const auto& [name, nodes] : blocks) names.push_back(name);
    throw ShapeError({.what = fmt::format("the network has no block '{}'", block),
                      .where = prepared.name,
                      .fix = fmt::format("it has {}", fmt::join(names, ", "))});
  }
  options.float_nodes.insert(found->second.begin(), found->second.end());
}

}  // namespace

std::string describe(const CalibrationOptions& options) {
  return fmt::format("{} {} {} {} {} {} {} {}", options.count,
                     options.observer ? quantize::name_of(*options.observer) : "best",
                     options.percentile, options.bias_correction, options.equalise,
                     options.mixed.most, options.mixed.least_gain_db,
                     fmt::join(options.float_blocks, ","));
}

Quantised quantise(const ir::Model& model, const CalibrationOptions& options,
                   const plan::Surroundings& here) {
  check_input(model);
  const auto real = float_runtime(here), int8 = int8_runtime(here);
  Quantised result;
  result.prepared = quantize::prepare(model);
  const auto images = photographs(model.preprocess, options);
  if (options.equalise) {
    result.equalised_pairs = quantize::equalisable(result.prepared.graph).size();
    result.prepared = quantize::equalise(result.prepared, images, real);
  }
  const Calibration seen(result.prepared, options, images, real);
  Deciding held;
  if (!options.observer || options.mixed.most > 0) {
    held = deciding(result.prepared, options, real);
    result.images_tried = held.images.size();
  }
  result.observer = options.observer ? *options.observer : best_observer(result, seen, held, int8);
  const auto ranges = seen.ranges(result.observer);
  auto how = seen.int8();
  for (const auto& block : options.float_blocks) keep_float(block, result.prepared, how);
  if (options.mixed.most > 0)
    result.float_blocks = quantize::choose_float_blocks(
        {result.prepared, ranges, how, held.images, held.expected, int8}, options.mixed);
  for (const auto& block : result.float_blocks) keep_float(block.name, result.prepared, how);
  result.int8 = quantize::to_int8(result.prepared, ranges, how);
  return result;
}

report::QuantisationResult report(const Quantised& made, const CalibrationOptions& options,
                                  size_t count, const plan::Surroundings& here) {
  constexpr size_t kForLayers = 4;
  const auto real = float_runtime(here), int8 = int8_runtime(here);
  const auto images = held_out(made.prepared.preprocess, options, kDeciding, count);
  const auto some = std::span(images).first(std::min(kForLayers, images.size()));
  report::QuantisationResult result{
      .observer = std::string(quantize::name_of(made.observer)),
      .images_tried = made.images_tried,
      .equalised_pairs = made.equalised_pairs,
      .fidelity = quantize::compare(made.prepared, made.int8, images, real, int8),
      .tried = {},
      .float_blocks = made.float_blocks,
      .layers = quantize::layer_errors(made.prepared, made.int8, some, real, int8),
      .latency_us = {}};
  for (const auto& trial : made.trials)
    result.tried[std::string(quantize::name_of(trial.observer))] = trial.fidelity;
  return result;
}

namespace {

quantize::Runtime runtime_on(const engines::Engine& engine, int threads,
                             engines::Precision precision) {
  return {engine,
          {.name = "all",
           .role = "cpu",
           .engine = engine.name(),
           .threads = threads,
           .precision = precision}};
}

}  // namespace

quantize::Runtime float_runtime(const plan::Surroundings& here) {
  constexpr std::array<std::string_view, 3> kEngines = {"openvino", "litert", "reference"};
  return runtime_on(here.engines.find_usable(kEngines), here.threads(), engines::Precision::f32);
}

quantize::Runtime int8_runtime(const plan::Surroundings& here) {
  constexpr std::array<std::string_view, 2> kEngines = {"litert", "reference"};
  return runtime_on(here.engines.find_usable(kEngines), here.threads(), engines::Precision::int8);
}

}  // namespace nnstretch::pipeline
