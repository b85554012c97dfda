// The typed view of ANYNET's lists: its rules, and the published networks against the weights
// the original software makes for them.
#include "config/stages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "support/paths.h"

namespace nnstretch::config {
namespace {

using ::testing::HasSubstr;

Config network() {
  Config config;
  config.file = "a.yaml";
  config.model.type = "mbanynet";
  config.anynet.devices = {"cpu", "dsp"};
  config.anynet.depths = {List{1, 2}, List{3}};
  config.anynet.widths = {List{8, 16}, List{32}};
  config.anynet.strides = {List{2, 2}, List{1}};
  return config;
}

TEST(Stages, GiveEachBranchItsDeviceAndItsEntries) {
  Config config = network();
  config.anynet.group_ws = {List{4, {}}, List{8}};
  config.anynet.kernels = {3, 5};
  const auto read = stages(config);
  ASSERT_EQ(read.size(), 2u);
  ASSERT_EQ(read[0].branches.size(), 2u);
  EXPECT_EQ(read[0].branches[0], (Branch{"cpu", 1, 8, 2, 1.0, 4, "relu"}));
  EXPECT_EQ(read[0].branches[1], (Branch{"dsp", 2, 16, 2, 1.0, std::nullopt, "relu"}));
  ASSERT_EQ(read[1].branches.size(), 1u);
  EXPECT_EQ(read[1].branches[0], (Branch{"cpu", 3, 32, 1, 1.0, 8, "relu"}));
  EXPECT_EQ(read[0].kernel, 3);
  EXPECT_EQ(read[1].kernel, 5);
}

TEST(Stages, HaveAsManyBranchesAsTheShortestList) {
  const auto branches = [](auto change) {
    Config config = network();
    change(config.anynet);
    return stages(config)[0].branches.size();
  };
  EXPECT_EQ(branches([](AnyNet&) {}), 2u);
  EXPECT_EQ(branches([](AnyNet& net) { net.strides[0] = List{1, 1, 1, 1}; }), 2u);
  EXPECT_EQ(branches([](AnyNet& net) { net.strides[0] = List{1}; }), 1u);
  EXPECT_EQ(branches([](AnyNet& net) { net.bot_muls = {List{1}, 1}; }), 1u);
  EXPECT_EQ(branches([](AnyNet& net) { net.group_ws = {List{8}, List{8}}; }), 1u);
  EXPECT_EQ(branches([](AnyNet& net) { net.devices = {"gpu"}; }), 1u);
  EXPECT_EQ(branches([](AnyNet& net) { net.activation_fun = {"silu"}; }), 1u);
}

TEST(Stages, GiveAnEntryThatIsNoListToEveryBranch) {
  Config config = network();
  config.anynet.bot_muls = {0.25, List{6, 4}};
  config.anynet.strides = {2, 1};
  const auto read = stages(config);
  EXPECT_EQ(read[0].branches[0].bot_mul, 0.25);
  EXPECT_EQ(read[0].branches[1].bot_mul, 0.25);
  EXPECT_EQ(read[1].branches[0].bot_mul, 6.0);
  EXPECT_EQ(read[0].branches[1].stride, 2);
}

TEST(Stages, OfPlainNumbersHaveOneBranch) {
  Config config = network();
  config.anynet.depths = {3, 4};
  config.anynet.widths = {8, 16};
  config.anynet.strides = {1, 2};
  for (const Stage& stage : stages(config)) EXPECT_EQ(stage.branches.size(), 1u);
}

TEST(Stages, TakeTheActivationOfTheBranchOrOfTheModel) {
  Config config = network();
  config.model.activation_fun = "swish";
  EXPECT_EQ(stages(config)[0].branches[1].activation, "silu");
  config.anynet.activation_fun = {"relu", "gelu"};
  EXPECT_EQ(stages(config)[0].branches[0].activation, "relu");
  EXPECT_EQ(stages(config)[0].branches[1].activation, "gelu");
}

TEST(Stages, DeclareTheirWidthOrTheSumOfTheirBranches) {
  Config config = network();
  EXPECT_EQ(stages(config)[0].original_width, 24);
  config.anynet.original_widths = {20, 32};
  EXPECT_EQ(stages(config)[0].original_width, 20);
}

TEST(Stages, RefuseWhatIsNoNetwork) {
  struct Case {
    std::vector<std::string> overrides;
    std::string said;
  };
  const Case cases[] = {
      {{"MODEL.TYPE", "vit"}, "MODEL.TYPE 'vit' cannot be built"},
      {{"MODEL.ACTIVATION_FUN", "tanh"}, "MODEL.ACTIVATION_FUN does not know tanh"},
      {{"MODEL.NUM_CLASSES", "0"}, "MODEL.NUM_CLASSES is 0"},
      {{"ANYNET.STEM_TYPE", "patchify"}, "ANYNET.STEM_TYPE does not know patchify"},
      {{"ANYNET.STEM_K", "4"}, "ANYNET.STEM_K 4 is even"},
      {{"ANYNET.STEM_W", "-1"}, "ANYNET.STEM_W is -1"},
      {{"ANYNET.HEAD_W", "-1"}, "ANYNET.HEAD_W is -1"},
      {{"ANYNET.BLOCK_TYPE", "transformer"}, "ANYNET.BLOCK_TYPE does not know transformer"},
      {{"ANYNET.MB_VER", "3"}, "ANYNET.MB_VER is 3"},
      {{"ANYNET.MB_VER", "1"}, "ANYNET.ORIGINAL_WIDTHS is empty"},
      {{"ANYNET.SE_ON", "True", "ANYNET.SE_R", "0.0"}, "ANYNET.SE_R is 0"},
      {{"ANYNET.DEVICES", "[]"}, "ANYNET.DEVICES is empty"},
      {{"ANYNET.DEVICES", "['cpu', 'tpu']"}, "does not know tpu: write one of cpu, gpu, dsp, npu"},
      {{"ANYNET.DEVICES", "[1, 2]"}, "ANYNET.DEVICES does not know 1"},
      {{"ANYNET.MERGE_DEVICE", "all"}, "ANYNET.MERGE_DEVICE does not know all"},
      {{"ANYNET.DEPTHS", "[]"}, "ANYNET.DEPTHS is empty: there is no network"},
      {{"ANYNET.WIDTHS", "None"}, "ANYNET.WIDTHS is empty"},
      {{"ANYNET.STRIDES", "[[1]]"}, "DEPTHS has 2 stages, STRIDES 1"},
      {{"ANYNET.KERNELS", "[3, 3, 3]"}, "DEPTHS has 2 stages, KERNELS 3"},
      {{"ANYNET.DEPTHS", "[[1, 2], []]"}, "stage 2: has no branch"},
      {{"ANYNET.DEPTHS", "[[1, 0], [1]]"}, "ANYNET.DEPTHS stage 1: 0 is out of range"},
      {{"ANYNET.DEPTHS", "[[1, 2.5], [1]]"}, "stage 1: 2.5 is of type float"},
      {{"ANYNET.WIDTHS", "[[8, 8], [-8]]"}, "ANYNET.WIDTHS stage 2: -8 is out of range"},
      {{"ANYNET.WIDTHS", "[[8, 8], [99999999999]]"}, "stage 2: 99999999999 is out of range"},
      {{"ANYNET.STRIDES", "[[3, 3], [1]]"}, "ANYNET.STRIDES stage 1: 3 is out of range"},
      {{"ANYNET.STRIDES", "[[1, 2], [1]]"}, "stage 1: strides 1 and 2"},
      {{"ANYNET.BOT_MULS", "[0, 1]"}, "ANYNET.BOT_MULS stage 1: 0 is no factor"},
      {{"ANYNET.BOT_MULS", "[1, 'x']"}, "ANYNET.BOT_MULS stage 2: x is no factor"},
      {{"ANYNET.GROUP_WS", "[[8, 0], [8]]"}, "ANYNET.GROUP_WS stage 1: 0 is out of range"},
      {{"ANYNET.KERNELS", "[3, 4]"}, "ANYNET.KERNELS stage 2: 4 is even"},
      {{"ANYNET.ORIGINAL_WIDTHS", "[24, 0]"}, "ANYNET.ORIGINAL_WIDTHS stage 2: 0 is out of range"},
      {{"ANYNET.ACTIVATION_FUN", "['relu', 'tanh']"}, "ANYNET.ACTIVATION_FUN does not know tanh"},
  };
  for (const Case& c : cases) {
    Config config = network();
    merge(config, c.overrides);
    try {
      stages(config);
      ADD_FAILURE() << "accepted: " << c.said;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(c.said));
    }
  }
}

TEST(Stages, NameTheLineOfTheListTheyRefuse) {
  const Config config = parse(
      "MODEL: {TYPE: mbanynet}\nANYNET:\n  DEVICES: [cpu]\n  WIDTHS: [8]\n  STRIDES: [1]\n"
      "  DEPTHS: [0]\n",
      "a.yaml");
  EXPECT_THAT([&] { stages(config); },
              ::testing::ThrowsMessage<ConfigError>(HasSubstr("a.yaml:6: ANYNET.DEPTHS stage 1")));
}

// The number in a word such as "s2" or "b13"; nothing in others.
std::optional<int> number_after(char letter, const std::string& word) {
  if (word.size() < 2 || word[0] != letter) return std::nullopt;
  if (word.find_first_not_of("0123456789", 1) != std::string::npos) return std::nullopt;
  return std::stoi(word.substr(1));
}

// s2.branches.0.0.2.b1.f.a.weight: stage 2 has a branch 0 with a block 1. Gives the last block of
// each (stage, branch).
std::map<std::pair<int, int>, int> depths_of_state_keys(const std::filesystem::path& path) {
  std::map<std::pair<int, int>, int> depths;
  std::istringstream file(read_text(path));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string stage, branches, branch;
    std::getline(words, stage, '.');
    std::getline(words, branches, '.');
    std::getline(words, branch, '.');
    if (branches != "branches") continue;
    int& depth = depths[{number_after('s', stage).value(), std::stoi(branch)}];
    for (std::string word; std::getline(words, word, '.');)
      if (const auto block = number_after('b', word)) depth = std::max(depth, *block);
  }
  return depths;
}

TEST(Stages, OfPublishedNetworksHaveTheBranchesAndBlocksOfTheOriginalsWeights) {
  NNSTRETCH_NEEDS_SHARED();
  int networks = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(testing::shared_folder() / "golden/state_keys/mi")) {
    const std::string name = file.path().stem().string();
    const auto expected = depths_of_state_keys(file.path());
    const auto read = stages(load(testing::source_folder() / "configs/mi" / (name + ".yaml")));
    std::map<std::pair<int, int>, int> depths;
    for (size_t i = 0; i < read.size(); ++i)
      for (size_t j = 0; j < read[i].branches.size(); ++j)
        depths[{static_cast<int>(i) + 1, static_cast<int>(j)}] = read[i].branches[j].depth;
    EXPECT_EQ(depths, expected) << name;
    ++networks;
  }
  EXPECT_EQ(networks, 28);
}

TEST(Stages, OfRx16CdgPutItsTwoFirstBranchesOnTheTwoFirstDevices) {
  const auto read = stages(load(testing::source_folder() / "configs/mi/RX-1.6-CDG.yaml"));
  ASSERT_EQ(read[0].branches.size(), 2u);
  EXPECT_EQ(read[0].branches[0].role, "cpu");
  EXPECT_EQ(read[0].branches[1].role, "dsp");
  EXPECT_EQ(read[1].branches.size(), 3u);
}

}  // namespace
}  // namespace nnstretch::config
