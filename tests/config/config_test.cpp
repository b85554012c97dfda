// Merging, overrides, origins and writing.
#include "config/config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::config {
namespace {

TEST(Config, TakesTheFileOverDefaultsAndTheCommandLineOverTheFile) {
  const Config config = parse("ANYNET:\n  STEM_W: 64\n  STEM_K: 3\nNUM_GPUS: 1\n", "a.yaml",
                              {"ANYNET.STEM_K", "5", "OUT_DIR", "out"});
  EXPECT_EQ(config.anynet.stem_w, 64);
  EXPECT_EQ(config.anynet.stem_k, 5);
  EXPECT_EQ(config.anynet.head_w, 0);
  EXPECT_EQ(config.out_dir, "out");
}

TEST(Config, RemembersWhereEachKeyWasSet) {
  const Config config =
      parse("ANYNET:\n  STEM_W: 64\n\n  DEPTHS: [1,\n   2]\n", "a.yaml", {"RNG_SEED", "7"});
  EXPECT_EQ(config.where("ANYNET.STEM_W"), "a.yaml:2");
  EXPECT_EQ(config.where("ANYNET.DEPTHS"), "a.yaml:4");
  EXPECT_EQ(config.where("RNG_SEED"), "command line");
  EXPECT_EQ(config.where("ANYNET.WIDTHS"), "a.yaml");
  EXPECT_EQ(Config().where("RNG_SEED"), "");
}

TEST(Config, ReadsStringsAsPythonLiteralsFirst) {
  const Config config = parse(
      "OPTIM: {WEIGHT_DECAY: 5e-5, STEPS: \"(0, 30, 60)\", NESTEROV: 'False'}\n"
      "ANYNET: {STEM_W: '8', DEPTHS: \"[[1, 2], 3]\"}\nDESC: \"'8'\"\n",
      "a.yaml");
  EXPECT_EQ(config.optim.weight_decay, 5e-5);
  EXPECT_EQ(config.optim.steps, (List{0, 30, 60}));
  EXPECT_FALSE(config.optim.nesterov);
  EXPECT_EQ(config.anynet.stem_w, 8);
  EXPECT_EQ(config.anynet.depths, (List{List{1, 2}, 3}));
  EXPECT_EQ(config.desc, "8");
}

TEST(Config, GivesTheDefaultBackForNull) {
  const Config config = parse("ANYNET:\n  STEM_W: 64\n  SE_ON: null\n  DEPTHS: ~\nTRAIN:\n",
                              "a.yaml", {"ANYNET.STEM_W", "None"});
  EXPECT_EQ(config, Config());
  EXPECT_EQ(config.where("ANYNET.STEM_W"), "command line");
}

TEST(Config, AcceptsAnEmptyFile) {
  EXPECT_EQ(parse("", "a.yaml"), Config());
  EXPECT_EQ(parse("# nothing\n---\n", "a.yaml"), Config());
}

TEST(Config, SkipsKeysThatPyclsGaveUpWithAWarning) {
  ::testing::internal::CaptureStderr();
  const Config config = parse(
      "MEM:\n  RELU_INPLACE: True\n  ANYTHING: 1\nPORT: 1\nOPTIM: {GAMMA: 0.1}\n"
      "PREC_TIME: {BATCH_SIZE: 1, ENABLED: 2}\nTRAIN: {EVAL_PERIOD: 1, CHECKPOINT_PERIOD: 1}\n",
      "a.yaml", {"MEM.RELU_INPLACE", "False"});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(config, Config());
  EXPECT_NE(said.find("a.yaml:4: PORT"), std::string::npos) << said;
  EXPECT_NE(said.find("command line: MEM.RELU_INPLACE"), std::string::npos) << said;
}

TEST(Config, FollowsAliases) {
  const Config config = parse("ANYNET:\n  WIDTHS: &w [[8, 16], [24]]\n  GROUP_WS: *w\n", "a.yaml");
  EXPECT_EQ(config.anynet.group_ws, (List{List{8, 16}, List{24}}));
}

TEST(Config, StaysAsItWasWhenAnOverrideIsWrong) {
  Config config;
  const std::vector<std::string> overrides = {"ANYNET.STEM_W", "64", "ANYNET.STEM_K", "big"};
  EXPECT_ERROR(merge(config, overrides), ConfigError, "command line", "ANYNET.STEM_K", "big");
  EXPECT_EQ(config, Config());
}

TEST(Config, IsTheSameAfterWritingAndReading) {
  Config config;
  config.model.type = "mbanynet";
  config.optim.weight_decay = 5e-5;
  config.optim.base_lr = 1e22;
  config.bn.eps = 0.1 + 0.2;
  config.anynet.depths = {List{1, 2}, 3, List{}};
  config.anynet.bot_muls = {1, 0.25, List{6, {}}, "5e-5", "yes", true};
  config.anynet.devices = {"cpu", "it's \"so\"", "8", "", " x", "a: b", "# c"};
  for (const std::string text : {"",         " ",
                                 "8",        "'8'",
                                 "5e-5",     "True",
                                 "true",     "yes",
                                 "null",     "None",
                                 "~",        "[1, 2]",
                                 "1, 2",     "a: b",
                                 "# c",      "-",
                                 "- x",      "two\nlines\ttab",
                                 "\x01\x7f", "\\n",
                                 "it's",     "caf\xc3\xa9",
                                 "0x1f",     "1:30",
                                 ".5",       "&a",
                                 "*a",       "!t",
                                 "%d",       "{}",
                                 "@",        "99999999999999999999"}) {
    config.desc = text;
    const Config again = parse(dump(config), "dumped.yaml");
    EXPECT_EQ(again, config) << text;
    EXPECT_EQ(again.desc, text);
  }
}

TEST(Config, WritesFloatsThatPyYamlReadsAsFloats) {
  Config config;
  config.optim.weight_decay = 5e-5;
  const std::string text = dump(config);
  EXPECT_NE(text.find("  WEIGHT_DECAY: 5.0e-05\n"), std::string::npos);
  EXPECT_NE(text.find("  MIN_LR: 0.0\n"), std::string::npos);
}

// pycls' logger adds `_type` to the configuration that its checkpoints then hold.
TEST(Config, KeepsTheKeysOfOtherProgramsThatACheckpointHolds) {
  const std::string text =
      "_type: cfg\nRNG_SEED: 3\nTRAIN:\n  IM_SIZE: 32\n  NEW: [1, 'a: b']\nMAE: {MASK: 0.75, 'x "
      "y': ~}\n";
  EXPECT_ERROR(parse(text, "a.pyth"), ConfigError, "a.pyth:1: unknown key _type");
  ::testing::internal::CaptureStderr();
  const Config config = parse_kept(text, "a.pyth");
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("MAE.MASK, MAE.x y, TRAIN.NEW, _type"), std::string::npos) << said;
  EXPECT_EQ(config.rng_seed, 3);
  EXPECT_EQ(config.train.im_size, 32);
  const std::map<std::string, Value> others = {
      {"_type", "cfg"}, {"TRAIN.NEW", List{1, "a: b"}}, {"MAE.MASK", 0.75}, {"MAE.x y", Value()}};
  EXPECT_EQ(config.others, others);
  const Config again = parse_kept(dump(config), "again");
  EXPECT_EQ(again, config);
  EXPECT_EQ(again.others, others);
  EXPECT_ERROR(parse_kept("TRAIN: {IM_SIZE: big}", "a"), ConfigError, "TRAIN.IM_SIZE");
}

TEST(Config, ReadsFromAFileAndNamesItWhenItIsMissing) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "a.yaml", std::string_view("RNG_SEED: 3\n"));
  EXPECT_EQ(load(folder / "a.yaml").rng_seed, 3);
  EXPECT_EQ(load(folder / "a.yaml").where("RNG_SEED"), (folder / "a.yaml").string() + ":1");
  EXPECT_ERROR(load(folder / "none.yaml"), IoError, "none.yaml", "No such file");
  EXPECT_ERROR(load(folder.path()), IoError, folder.path().native());
}

}  // namespace
}  // namespace nnstretch::config
