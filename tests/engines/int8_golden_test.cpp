// The int8 kernels against numbers computed by LiteRT's reference kernels (int8_golden.py), bit for
// bit: every operator in random graphs, and every stored value through each look-up table.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "engines/op_samples.h"
#include "engines/reference/evaluate.h"
#include "formats/tflite/writer.h"
#include "support/paths.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;
using nlohmann::json;

// ---- what is computed ----

struct GoldenSample {
  std::string name;
  ir::Model model;
  std::vector<Bytes> inputs;
};

size_t size_of(const GoldenSample& sample) {
  size_t size = 0;
  for (const Bytes& input : sample.inputs) size += input.size();
  for (const auto& [name, tensor] : sample.model.weights) size += tensor.bytes->size();
  return size;
}

// The first small enough graphs of each kind.
void add_random_samples(std::vector<GoldenSample>& samples) {
  constexpr int kOfEach = 2;
  constexpr size_t kMostBytes = 700;
  for (const OpSample& op : int8_samples())
    for (uint32_t seed = 1, found = 0; found < kOfEach; ++seed) {
      Random random(seed);
      ir::Model model = random_model(op.text(random), random);
      auto inputs = random_inputs(model.graph, random);
      GoldenSample sample{fmt::format("{}_{}", op.name, found), std::move(model),
                          std::move(inputs)};
      if (ir::count(sample.model.graph.nodes().back().type.shape) < 8) continue;
      if (size_of(sample) > kMostBytes) continue;
      samples.push_back(std::move(sample));
      ++found;
    }
}

// All 256 stored values through `op`.
void add_all_values(std::vector<GoldenSample>& samples, const std::string& name,
                    const std::string& in_quant, const std::string& op, const std::string& out) {
  std::vector<int8_t> values(256);
  for (int i = 0; i < 256; ++i) values[i] = static_cast<int8_t>(i - 128);
  Random random(1);
  ir::Model model = random_model(
      "x = input i8 1x1x1x256 q=" + in_quant + "\ny = " + op + " q=" + out + "\noutput y", random);
  samples.push_back({"all_" + name, std::move(model), {bytes_of(values)}});
}

std::vector<GoldenSample> golden_samples() {
  std::vector<GoldenSample> samples;
  add_random_samples(samples);
  add_all_values(samples, "relu", "0.05,3", "act x kind=relu", "0.031,-128");
  add_all_values(samples, "relu6", "0.06,-20", "act x kind=relu6", "0.0235,-128");
  add_all_values(samples, "sigmoid", "0.055,7", "act x kind=sigmoid", "0.00390625,-128");
  add_all_values(samples, "gelu", "0.04,-11", "act x kind=gelu", "0.03,-120");
  add_all_values(samples, "hard_swish_fine", "0.01,5", "act x kind=hard_swish", "0.006,-60");
  add_all_values(samples, "hard_swish_coarse", "0.4,-5", "act x kind=hard_swish", "0.3,-100");
  add_all_values(samples, "requantize_down", "0.018249601,76", "quantize x", "0.19366935,12");
  add_all_values(samples, "requantize_up", "0.09,-3", "quantize x", "0.02,40");
  add_all_values(samples, "mean_of_one", "0.0182,76", "mean x keep=0", "0.19366935,12");
  return samples;
}

json to_json(const GoldenSample& sample) {
  json j{{"name", sample.name}, {"graph", ir::print(sample.model.graph)}};
  j["weights"] = json::object();
  for (const auto& [name, tensor] : sample.model.weights) {
    json& weight = j["weights"][name];
    weight["scales"] = tensor.scales;
    if (tensor.dtype == DType::i8) weight["i8"] = values_of<int8_t>(*tensor.bytes);
    if (tensor.dtype == DType::i32) weight["i32"] = values_of<int32_t>(*tensor.bytes);
  }
  const auto& graph = sample.model.graph;
  for (size_t i = 0; i < sample.inputs.size(); ++i)
    if (graph.node(graph.inputs()[i]).type.dtype == DType::i8)
      j["inputs"].push_back(values_of<int8_t>(sample.inputs[i]));
    else
      j["inputs"].push_back(values_of<float>(sample.inputs[i]));
  return j;
}

TEST(Int8Golden, DISABLED_WritesTheModels) {
  const char* folder = std::getenv("NNSTRETCH_WRITE");
  ASSERT_TRUE(folder) << "NNSTRETCH_WRITE names the folder";
  for (const GoldenSample& sample : golden_samples()) {
    const auto path = std::filesystem::path(folder) / sample.name;
    write_atomic(path.string() + ".tflite", tflite::write(sample.model));
    write_atomic(path.string() + ".json", to_json(sample).dump());
  }
}

// ---- what must come out ----

GoldenSample from_json(const json& j) {
  GoldenSample sample{j.at("name"),
                      {.graph = ir::parse(j.at("graph").get<std::string>()),
                       .weights = {},
                       .name = j.at("name"),
                       .preprocess = {}},
                      {}};
  std::map<std::string, ir::Shape> shapes;
  for (const auto& [name, shape] : weight_slots(sample.model.graph)) shapes[name] = shape;
  for (const auto& [name, weight] : j.at("weights").items()) {
    const auto scales = weight.at("scales").get<std::vector<float>>();
    const auto i8 = weight.value("i8", std::vector<int8_t>());
    const auto i32 = weight.value("i32", std::vector<int32_t>());
    sample.model.weights.set(name, i32.empty()
                                       ? ir::make_tensor<int8_t>(shapes[name], i8, scales)
                                       : ir::make_tensor<int32_t>(shapes[name], i32, scales));
  }
  const auto& graph = sample.model.graph;
  for (size_t i = 0; i < graph.inputs().size(); ++i)
    if (graph.node(graph.inputs()[i]).type.dtype == DType::i8)
      sample.inputs.push_back(bytes_of(j.at("inputs")[i].get<std::vector<int8_t>>()));
    else
      sample.inputs.push_back(bytes_of(j.at("inputs")[i].get<std::vector<float>>()));
  return sample;
}

TEST(Int8Golden, KernelsGiveTheBitsOfLiteRtsReferenceKernels) {
  const json all = json::parse(read_text(source_folder() / "tests/engines/int8_golden.json"));
  ASSERT_EQ(all.size(), 47u);
  for (const json& j : all) {
    const GoldenSample sample = from_json(j);
    SCOPED_TRACE(sample.name + ": " + ir::print(sample.model.graph));
    const auto outputs = evaluate(sample.model, sample.inputs);
    EXPECT_EQ(values_of<int8_t>(outputs.at(0)), j.at("output").get<std::vector<int8_t>>());
  }
}

}  // namespace
}  // namespace nnstretch::engines
