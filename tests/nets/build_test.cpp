// Networks against the names, shapes and quirks of the original software.
#include "nets/build.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "base/error.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

config::Config config_of(const std::string& name, std::vector<std::string> overrides = {}) {
  return config::load(testing::source_folder() / "configs" / (name + ".yaml"), overrides);
}

// "stem.conv.weight 64x3x7x7", running statistics included, counters not.
std::set<std::string> names_and_shapes(const ir::Graph& graph) {
  std::set<std::string> lines;
  for (const auto& slot : ir::weight_slots(graph))
    lines.insert(slot.name + " " + ir::to_string(slot.shape));
  return lines;
}

TEST(Build, NamesEveryWeightAsTheOriginalDoes) {
  NNSTRETCH_NEEDS_SHARED();
  const auto folder = testing::shared_folder() / "golden" / "state_keys" / "mi";
  int networks = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::set<std::string> expected;
    std::ifstream file(entry.path());
    for (std::string name, shape, type; file >> name >> shape >> type;)
      if (!name.ends_with("num_batches_tracked")) expected.insert(name + " " + shape);
    const auto config = config_of("mi/" + entry.path().stem().string());
    EXPECT_EQ(names_and_shapes(nets::build(config, config.train.im_size)), expected)
        << entry.path();
    ++networks;
  }
  EXPECT_EQ(networks, 28);
}

TEST(Build, JoinsTheRealWidthsWhateverOriginalWidthsDeclares) {
  const auto config = config_of("mi/RX-1.6-CDG");  // declares 696 where 312 + 168 + 144 meet
  const ir::Graph graph = nets::build(config, 224);
  EXPECT_EQ(graph.node(graph.find("s3_cpu_concat")).type.shape, (ir::Shape{1, 14, 14, 624}));
}

TEST(Build, GivesEveryNodeItsStageBranchAndRole) {
  const ir::Graph graph = nets::build(config_of("mi/R-34-CDG"), 224);
  for (const ir::Node& node : graph.nodes()) {
    if (node.at.stage == 0 || node.at.stage == 5 || node.at.branch == ir::Place::kMeeting) {
      EXPECT_EQ(node.at.role, "cpu") << node.name;
    } else {
      const std::string roles[] = {"cpu", "dsp", "gpu"};
      EXPECT_EQ(node.at.role, roles[node.at.branch]) << node.name;
      EXPECT_TRUE(node.name.starts_with(fmt::format("s{}_{}_", node.at.stage, node.at.role)));
    }
  }
}

TEST(Build, UsesTheActivationOfEachBranchAndTheNetworksInsideSqueezeAndExcite) {
  const ir::Graph graph = nets::build(config_of("mi/EN-B5-CD"), 456);
  const auto kind = [&](const char* name) {
    return graph.op_if<ir::Activation>(graph.find(name))->kind;
  };
  EXPECT_EQ(kind("s2_cpu_b1_dw_act"), ir::Act::relu);
  EXPECT_EQ(kind("s2_dsp_b1_dw_act"), ir::Act::silu);
  EXPECT_EQ(kind("s2_cpu_b1_se_act"), ir::Act::silu);
  EXPECT_EQ(kind("head_cpu_act"), ir::Act::silu);
}

TEST(Build, MakesEveryBlockType) {
  for (const char* block : {"vanilla_block", "res_basic_block", "res_bottleneck_block",
                            "res_bottleneck_linear_block", "mbconv", "inverted_residual"}) {
    const auto config = config_of("tiny/TINY-R-CDG", {"ANYNET.BLOCK_TYPE", block});
    // A unit of ShuffleNetV2 with stride 1 needs as many channels as it gives.
    if (std::string(block) == "inverted_residual") {
      EXPECT_THROW(nets::build(config, 64), ShapeError);
      continue;
    }
    EXPECT_EQ(nets::build(config, 64).size() > 20, true) << block;
  }
  const auto strided = config_of("tiny/TINY-R-CDG", {"ANYNET.BLOCK_TYPE", "inverted_residual",
                                                     "ANYNET.STRIDES", "[[2,2,2],[2,2,2]]"});
  EXPECT_NO_THROW(nets::build(strided, 128));
}

TEST(Build, SaysWhichNodeDoesNotFit) {
  const auto config = config_of("tiny/TINY-RX-CD", {"ANYNET.GROUP_WS", "[[3,8],[8,8]]"});
  try {
    nets::build(config, 32);
    FAIL() << "16 channels make no 5 groups";
  } catch (const ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find("s1_cpu_b1_b_conv"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace nnstretch
