#include "quantize/fidelity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/top.h"
#include "engines/runner.h"
#include "ir/stored_values.h"

namespace nnstretch::quantize {
namespace {

// Each logit minus its mean over the images.
std::vector<std::vector<double>> centred(std::span<const std::vector<float>> logits) {
  std::vector<double> mean(logits[0].size());
  for (const auto& row : logits)
    for (size_t c = 0; c < mean.size(); ++c) mean[c] += row[c] / static_cast<double>(logits.size());
  std::vector<std::vector<double>> rows;
  for (const auto& row : logits) {
    rows.emplace_back(row.begin(), row.end());
    for (size_t c = 0; c < mean.size(); ++c) rows.back()[c] -= mean[c];
  }
  return rows;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

double decibel(double signal, double noise) {
  constexpr double kNothing = 1e-30;  // of equal rows
  return 10 * std::log10(std::max(signal, kNothing) / std::max(noise, kNothing));
}

double snr(const std::vector<std::vector<double>>& expected,
           const std::vector<std::vector<double>>& got) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    for (size_t c = 0; c < expected[i].size(); ++c) {
      const double difference = expected[i][c] - got[i][c];
      signal += expected[i][c] * expected[i][c];
      noise += difference * difference;
    }
  return decibel(signal, noise);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// At most this many values of a node are compared: enough for a ratio, little to keep.
constexpr size_t kSamples = 4096;

std::vector<float> sample(std::span<const std::byte> value, const ir::TensorType& type) {
  const auto all = ir::to_floats(value, type);
  const size_t step = std::max<size_t>(1, all.size() / kSamples);
  std::vector<float> some;
  for (size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  return some;
}

}  // namespace

Fidelity compare(std::span<const std::vector<float>> expected,
                 std::span<const std::vector<float>> got) {
  if (expected.size() < 2 || expected.size() != got.size())
    throw FormatError({.what = "comparing logits needs two images or more"});
  const auto a = centred(expected), b = centred(got);
  std::vector<double> right, wrong;
  double agree = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    right.push_back(correlation(a[i], b[i]));
    wrong.push_back(correlation(a[(i + 1) % a.size()], b[i]));
    agree += top(expected[i], 1) == top(got[i], 1);
  }
  return {a.size(),
          median(right),
          *std::min_element(right.begin(), right.end()),
          median(wrong),
          agree / static_cast<double>(a.size()),
          snr(a, b)};
}

void check_numbers(std::span<const std::vector<float>> logits, const std::string& network) {
  for (size_t image = 0; image < logits.size(); ++image)
    if (const auto nan = ir::first_nan(logits[image]))
      throw EngineError({.what = fmt::format("logit {} of image {} is NaN", *nan, image),
                         .where = network,
                         .fix = "look in its weights for NaN, infinity or numbers too large"});
}

std::vector<std::vector<float>> logits(const ir::Model& model, Images images,
                                       const Runtime& runtime) {
  engines::Runner runner(runtime.engine, model, runtime.processor);
  const auto& in = model.graph.node(model.graph.inputs()[0]).type;
  const auto& out = model.graph.node(model.graph.outputs()[0]).type;
  std::vector<std::vector<float>> rows;
  for (const auto& image : images)
    rows.push_back(ir::to_floats(runner.run(ir::from_floats(image, in)), out));
  check_numbers(rows, model.name);
  return rows;
}

Fidelity compare(const ir::Model& model, const ir::Model& quantised, Images images,
                 const Runtime& real, const Runtime& int8) {
  return compare(logits(model, images, real), logits(quantised, images, int8));
}

std::vector<LayerError> layer_errors(const ir::Model& prepared, const ir::Model& quantised,
                                     Images images, const Runtime& real, const Runtime& int8) {
  std::map<std::pair<size_t, std::string>, std::vector<float>> truth;
  observe(prepared, images, real, [&](size_t image, const ir::Node& node, auto value) {
    truth[{image, node.name}] = sample(value, node.type);
  });
  struct Sums {
    double signal = 0, noise = 0, clipped = 0, count = 0;
    std::string op;
  };
  std::map<std::string, Sums> sums;
  observe(quantised, images, int8, [&](size_t image, const ir::Node& node, auto value) {
    const auto found = truth.find({image, node.name});
    if (found == truth.end() || !node.type.quant) return;
    const ir::Reach range = ir::reach(node.type);
    const auto got = sample(value, node.type);
    Sums& sum = sums[node.name];
    sum.op = ir::name_of(prepared.graph.node(prepared.graph.find(node.name)).op);
    for (size_t i = 0; i < got.size(); ++i) {
      const double expected = found->second[i];
      sum.signal += expected * expected;
      sum.noise += (expected - got[i]) * (expected - got[i]);
      sum.clipped += expected < range.least || expected > range.most;
    }
    sum.count += static_cast<double>(got.size());
  });
  std::vector<LayerError> errors;
  for (const auto& [node, sum] : sums)
    errors.push_back({node, sum.op, decibel(sum.signal, sum.noise), sum.clipped / sum.count});
  std::sort(errors.begin(), errors.end(),
            [](const auto& a, const auto& b) { return a.sqnr_db < b.sqnr_db; });
  return errors;
}

}  // namespace nnstretch::quantize
