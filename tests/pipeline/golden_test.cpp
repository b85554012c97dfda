// Whole networks against what the original computed with the same weights and inputs: logits of 28
// networks, samples of every stage and branch, prepared photographs. A few of them always, all with
// NNSTRETCH_FULL=1.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engines/reference/evaluate.h"
#include "ir/subgraph.h"
#include "pipeline/infer.h"
#include "pipeline/network.h"
#include "quantize/int8.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/here.h"
#include "support/networks.h"
#include "support/recipe.h"
#include "weights/weights.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

config::Config config_of(const std::string& name) {
  return config::load(testing::source_folder() / "configs" / (name + ".yaml"));
}

std::vector<std::byte> to_nhwc(std::span<const float> nchw, size_t size) {
  std::vector<float> nhwc(nchw.size());
  for (size_t c = 0; c < 3; ++c)
    for (size_t i = 0; i < size * size; ++i) nhwc[i * 3 + c] = nchw[c * size * size + i];
  const auto bytes = std::as_bytes(std::span(nhwc));
  return {bytes.begin(), bytes.end()};
}

double deviation(std::span<const float> values) {
  double mean = 0, square = 0;
  for (const float v : values) mean += v / static_cast<double>(values.size());
  for (const float v : values)
    square += (v - mean) * (v - mean) / static_cast<double>(values.size());
  return std::sqrt(square);
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

// The network as the user gets it: weights through a .safetensors file.
ir::Model network(const config::Config& config, const testing::TemporaryFolder& folder) {
  const auto made_up = pipeline::float_model(config, {});
  weights::write_safetensors(folder / "recipe.safetensors", made_up.weights);
  return quantize::prepare(
      pipeline::float_model(config, {.weights = folder / "recipe.safetensors"}));
}

struct Limit {
  const char* engine;
  double of_deviation;
};

// With made-up weights and the made-up picture of the size in TRAIN.IM_SIZE.
void expect_logits(const config::Config& config, const fs::path& logits) {
  const testing::TemporaryFolder folder;
  const ir::Model model = network(config, folder);
  const auto size = static_cast<size_t>(model.preprocess.crop);
  const auto input = to_nhwc(testing::recipe_image("input", size), size);
  const NpyArray golden = read_npy(logits);
  const double unit = deviation(golden.as<float>());
  for (const Limit limit :
       {Limit{"reference", 1e-4}, Limit{"openvino", 1e-3}, Limit{"litert", 1e-3}}) {
    if (testing::in_build({limit.engine}).empty()) continue;
    const auto got =
        pipeline::infer(model, {.engine = limit.engine, .arithmetic = engines::Precision::f32},
                        false, input, testing::here());
    const double difference = largest_difference(got.logits, golden.as<float>()) / unit;
    EXPECT_LE(difference, limit.of_deviation) << limit.engine;
    ::testing::Test::RecordProperty(limit.engine, fmt::format("{:.2e}", difference));
  }
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, LogitsOfEveryEngineAreTheOriginals) {
  NNSTRETCH_NEEDS_SHARED();
  expect_logits(config_of("mi/" + GetParam()),
                testing::shared_folder() / "golden" / "mi" / (GetParam() + ".logits.npy"));
}

class GoldenOwn : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenOwn, LogitsOfTheOriginalsOwnConfigurationsAreTheOriginals) {
  NNSTRETCH_NEEDS_SHARED();
  std::string name = GetParam();
  for (size_t at; (at = name.find('/')) != name.npos;) name.replace(at, 1, "__");
  const auto folder = testing::shared_folder() / "pycls";
  expect_logits(config::load(folder / "configs" / (GetParam() + ".yaml")),
                folder / "logits" / (name + ".npy"));
}

// The last node of a stage, branch, the stem or the head as the golden files name them.
ir::NodeId node_named(const ir::Graph& graph, const std::string& name) {
  int stage = 0, branch = -2;
  if (name == "head") return graph.outputs()[0];
  if (name != "stem") std::sscanf(name.c_str(), "s%d.branches.%d", &stage, &branch);
  ir::NodeId last = 0;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Place& at = graph.node(id).at;
    if (at.stage == stage && (branch == -2 || at.branch == branch)) last = id;
  }
  return last;
}

// `values` is NHWC; index is into NCHW.
float at_nchw(std::span<const float> values, const ir::Shape& shape, size_t index) {
  if (shape.size() == 2) return values[index];
  const auto h = static_cast<size_t>(shape[1]), w = static_cast<size_t>(shape[2]),
             c = static_cast<size_t>(shape[3]);
  const size_t channel = index / (h * w), pixel = index % (h * w);
  return values[pixel * c + channel];
}

TEST_P(Golden, StagesAndBranchesAreTheOriginals) {
  NNSTRETCH_NEEDS_SHARED();
  const std::string name = GetParam();
  const testing::TemporaryFolder folder;
  ir::Model model = network(config_of("mi/" + name), folder);
  std::ifstream file(testing::shared_folder() / "golden" / "mi" / (name + ".stages.json"));
  const auto golden = nlohmann::json::parse(file);
  std::vector<ir::NodeId> nodes;
  for (const auto& piece : golden) nodes.push_back(node_named(model.graph, piece["name"]));
  const auto shapes = [&] {
    std::vector<ir::Shape> all;
    for (const auto id : nodes) all.push_back(model.graph.node(id).type.shape);
    return all;
  }();
  model.graph = ir::with_outputs(model.graph, nodes);
  const auto size = static_cast<size_t>(model.preprocess.crop);
  const auto values = engines::evaluate(model, std::vector<std::vector<std::byte>>{to_nhwc(
                                                   testing::recipe_image("input", size), size)});
  for (size_t i = 0; i < golden.size(); ++i) {
    SCOPED_TRACE(golden[i]["name"].get<std::string>());
    const std::span<const float> value(reinterpret_cast<const float*>(values[i].data()),
                                       values[i].size() / 4);
    const double limit = 1e-4 * std::max(1e-3, golden[i]["absmean"].get<double>());
    for (size_t k = 0; k < golden[i]["idx"].size(); ++k)
      EXPECT_NEAR(at_nchw(value, shapes[i], golden[i]["idx"][k]), golden[i]["val"][k].get<double>(),
                  4 * limit);
  }
}

std::vector<std::string> names() {
  if (!std::getenv("NNSTRETCH_FULL")) return {"R-34-CDG", "R-50-DG", "RX-1.6-CDG", "EN-L4-CG"};
  std::vector<std::string> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(testing::shared_folder() / "golden" / "mi", none))
    if (const auto file = entry.path().filename().string(); file.ends_with(".logits.npy"))
      all.push_back(file.substr(0, file.size() - std::string(".logits.npy").size()));
  std::sort(all.begin(), all.end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, Golden, ::testing::ValuesIn(names()),
                         [](const auto& info) { return testing::test_name(info.param); });

// One of each stem and block always; the large ones with NNSTRETCH_FULL=1.
std::vector<std::string> own_configurations() {
  std::vector<std::string> names = {"archive/cifar/anynet/V-56_nds_1gpu",
                                    "archive/cifar/anynet/R-110_nds_1gpu",
                                    "dds_baselines/effnet/EN-B1_dds_8gpu"};
  if (std::getenv("NNSTRETCH_FULL"))
    for (const char* large : {"archive/imagenet/anynet/R-101-1x64d_step_2gpu",
                              "archive/imagenet/anynet/X-101-32x4d_step_2gpu",
                              "dds_baselines/regnetx/RegNetX-12GF_dds_8gpu",
                              "dds_baselines/regnety/RegNetY-12GF_dds_8gpu",
                              "dds_baselines/resnet/R-152-1x64d_dds_8gpu",
                              "dds_baselines/resnext/X-152-32x4d_dds_8gpu", "examples/ffcv"})
      names.emplace_back(large);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Networks, GoldenOwn, ::testing::ValuesIn(own_configurations()),
                         [](const auto& info) { return testing::test_name(info.param); });

TEST(GoldenCheckpoint, APyclsCheckpointGivesTheLogitsOfItsWeights) {
  NNSTRETCH_NEEDS_SHARED();
  const auto golden = testing::shared_folder() / "golden" / "mi";
  const auto model = quantize::prepare(
      pipeline::float_model(config_of("mi/RX-1.6-CD"), {.weights = golden / "RX-1.6-CD.pyth"}));
  const auto got =
      pipeline::infer(model, {.engine = "reference", .arithmetic = engines::Precision::f32}, false,
                      to_nhwc(testing::recipe_image("input", 224), 224), testing::here());
  const NpyArray expected = read_npy(golden / "RX-1.6-CD.logits.npy");
  EXPECT_LE(largest_difference(got.logits, expected.as<float>()),
            1e-4 * deviation(expected.as<float>()));
}

// Three photographs, decoded, prepared and run, against the original's logits (3,1000).
class GoldenPhotograph : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenPhotograph, LogitsAreTheOriginals) {
  NNSTRETCH_NEEDS_SHARED();
  if (const auto reason = testing::why_absent(testing::engine_named("openvino"), "cpu"))
    GTEST_SKIP() << *reason;
  const auto folder = testing::shared_folder() / "golden" / "jpeg";
  const testing::TemporaryFolder scratch;
  const ir::Model model = network(config_of("mi/" + GetParam()), scratch);
  const NpyArray expected = read_npy(folder / ("logits_mi_" + GetParam() + ".npy"));
  const char* images[] = {"ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000004.JPEG",
                          "ILSVRC2012_val_00000009.JPEG"};
  for (size_t i = 0; i < 3; ++i) {
    const auto input = pipeline::load_picture(folder / images[i], model);
    const auto got =
        pipeline::infer(model, {.engine = "openvino", .arithmetic = engines::Precision::f32}, false,
                        input, testing::here());
    const auto row = expected.as<float>().subspan(i * 1000, 1000);
    EXPECT_LE(largest_difference(got.logits, row), 2e-3 * deviation(row)) << images[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenPhotograph,
                         ::testing::Values("R-34-C", "R-34-CDG", "RX-1.6-CDG", "EN-L4-CG"),
                         [](const auto& info) { return testing::test_name(info.param); });

}  // namespace
}  // namespace nnstretch
