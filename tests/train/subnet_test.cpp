// Sub-networks cut out of an elastic ResNet-50 of two branches, against the original's logits.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/npy.h"
#include "nets/build.h"
#include "support/paths.h"
#include "support/recipe.h"
#include "train/interpreter.h"
#include "train/subnet.h"
#include "weights/weights.h"

namespace nnstretch::train {
namespace {

using nlohmann::json;

std::filesystem::path golden(const std::string& name) {
  return testing::shared_folder() / "golden/supernet" / name;
}

// "name 64x3x7x7 float32" a line: the elastic network's state_dict, with the recipe's weights.
ir::WeightStore elastic_weights() {
  std::ifstream keys(golden("R-50-2B.state_keys.txt"));
  ir::WeightStore store;
  for (std::string name, size, type; keys >> name >> size >> type;) {
    ir::Shape shape;
    std::stringstream sizes(size);
    for (std::string one; size != "scalar" && std::getline(sizes, one, 'x');)
      shape.push_back(std::stoll(one));
    store.set(name, weights::initial_value(name, shape));
  }
  return store;
}

const Cut kWhole = {{{256, 256}, {512, 512}, {1024, 1024}, {2048, 2048}}, true};

// A sub-network as the configuration it is.
config::Config config_of(const json& arch) {
  const std::string text = R"(
MODEL: {TYPE: mbanynet, NUM_CLASSES: 1000}
ANYNET:
  STEM_TYPE: res_stem_in
  STEM_W: 64
  BLOCK_TYPE: res_bottleneck_block
  STRIDES: [[1, 1], [2, 2], [2, 2], [2, 2]]
  BOT_MULS: [[0.25, 0.25], [0.25, 0.25], [0.25, 0.25], [0.25, 0.25]]
  DEVICES: [cpu, gpu]
)";
  return config::parse(text + "  DEPTHS: " + arch.at("dss").dump() + "\n  WIDTHS: " +
                           arch.at("wss").dump() + "\n  GROUP_WS: " + arch.at("gss").dump() + "\n",
                       "subnet");
}

struct Logits {
  Tensor wanted, got;
  double deviation() const { return wanted.std().item<double>(); }
  double difference() const { return (wanted - got).abs().max().item<double>(); }
};

Logits logits_of(const std::string& name, bool align) {
  constexpr int kSize = 224;
  std::ifstream file(golden("R-50-2B.json"));
  const auto config = config_of(json::parse(file).at(name).at("arch"));
  const ir::Graph graph = nets::build(config, kSize);
  Cut how = kWhole;
  how.align = align;
  const State state = make_state(graph, cut(graph, elastic_weights(), how));
  auto image = testing::recipe_image("input", kSize);
  const torch::NoGradGuard no_grad;
  const Tensor got = Interpreter(graph).forward(
      state, torch::from_blob(image.data(), {1, 3, kSize, kSize}).clone(), {});
  const NpyArray wanted = read_npy(golden("R-50-2B." + name + ".logits.npy"));
  const auto numbers = wanted.as<float>();
  return {torch::tensor(std::vector<float>(numbers.begin(), numbers.end())), got.view(-1)};
}

TEST(Subnet, GivesTheOriginalsLogitsWhenCutAsTheOriginalCuts) {
  NNSTRETCH_NEEDS_SHARED();
  for (const char* name : {"max", "min"}) {
    const Logits logits = logits_of(name, /*align=*/false);
    EXPECT_LE(logits.difference(), 1e-4 * logits.deviation()) << name;
  }
}

// Its own columns: the same where nothing is cut off, another network where something is.
TEST(Subnet, KeepsTheWholeNetworkWhenBranchesKeepTheirColumns) {
  NNSTRETCH_NEEDS_SHARED();
  const Logits max = logits_of("max", /*align=*/true), min = logits_of("min", /*align=*/true);
  EXPECT_LE(max.difference(), 1e-4 * max.deviation());
  EXPECT_GE(min.difference(), min.deviation());
}

TEST(Subnet, IsRefusedIfTheElasticNetworkIsTooSmall) {
  NNSTRETCH_NEEDS_SHARED();
  const json arch = {{"wss", {{256, 264}, {512, 512}, {1024, 1024}, {2048, 2048}}},
                     {"dss", {{3, 3}, {4, 4}, {6, 6}, {3, 3}}},
                     {"gss", {{64, 66}, {128, 128}, {256, 256}, {512, 512}}}};
  const ir::Graph graph = nets::build(config_of(arch), 64);
  EXPECT_THROW(cut(graph, elastic_weights(), kWhole), ShapeError);
}

}  // namespace
}  // namespace nnstretch::train
