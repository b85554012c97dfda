// Which networks are inside an elastic one, what they are called, and what is said about a
// configuration that makes none.
#include "nets/elastic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "config/stages.h"
#include "nets/elastic_config.h"
#include "support/errors.h"

namespace nnstretch::nets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string complaint(const std::string& text, const std::string& with) {
  std::string changed = testing::kElastic;
  if (!text.empty()) changed.replace(changed.find(text), text.size(), with);
  try {
    Elastic elastic(config::parse(changed, "a.yaml"));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Elastic, SaysWhichLineMakesNoNetwork) {
  EXPECT_EQ(complaint("", ""), "accepted");
  const std::string depths = "MIN_DEPTHS: [[1, 1], [1, 2]]",
                    widths = "MIN_WIDTHS: [[8, 8], [16, 8]]";
  const auto says = [](const std::string& line, const std::string& what) {
    return AllOf(HasSubstr("a.yaml:" + line + ": "), HasSubstr(what));
  };
  EXPECT_THAT(complaint(depths, "MIN_DEPTHS: [[1, 1]]"), says("12", "has 1 stages, ANYNET 2"));
  EXPECT_THAT(complaint(depths, "MIN_DEPTHS: [[1, 1], [1, 3]]"),
              says("12", "stage 2: 3 is out of range"));
  EXPECT_THAT(complaint(depths, "MIN_DEPTHS: [[0, 1], [1, 1]]"),
              says("12", "stage 1: 0 is out of range"));
  EXPECT_THAT(complaint(widths, "MIN_WIDTHS: [[8, 8, 8], [16, 8]]"),
              says("13", "stage 1: 3 branches, ANYNET has 2"));
  EXPECT_THAT(complaint(widths, "MIN_WIDTHS: [[8, 8], [16, wide]]"),
              says("13", "stage 2: wide is of type str"));
  EXPECT_THAT(complaint(widths, "MIN_WIDTHS: [[8, 8], [16, 12]]"),
              says("13", "stage 2: 12 is no whole number of steps below 24"));
  EXPECT_THAT(complaint("NETWORKS: 4", "NETWORKS: 1"), says("14", "ELASTIC.NETWORKS is 1"));
  EXPECT_THAT(complaint("NETWORKS: 4", "TEMPERATURE: 0.0"), says("14", "TEMPERATURE is 0"));
  EXPECT_THAT(complaint("NETWORKS: 4", "WIDTH_STEP: 0"), says("14", "WIDTH_STEP is 0"));
  EXPECT_THAT(complaint("NETWORKS: 4", "ALONE_EPOCHS: -1"), says("14", "ALONE_EPOCHS is -1"));
  EXPECT_THAT(complaint("NETWORKS: 4", "ALIGN: 1"), says("14", "ELASTIC.ALIGN is of type bool"));
  EXPECT_THAT(complaint("NETWORKS: 4", "NETWORK: 4"), says("14", "did you mean ELASTIC.NETWORKS"));
  const auto nothing =
      testing::elastic_config({"ELASTIC.MIN_DEPTHS", "[]", "ELASTIC.MIN_WIDTHS", "[]"});
  EXPECT_ERROR(Elastic(nothing), ConfigError, "MIN_DEPTHS", "MIN_WIDTHS");
}

TEST(Elastic, KnowsItsNetworksByName) {
  const Elastic elastic(testing::elastic_config());
  EXPECT_EQ(Elastic::name_of(elastic.find("max")), "2x16+2x16,2x32+2x24");
  EXPECT_EQ(Elastic::name_of(elastic.find("min")), "1x8+1x8,1x16+2x8");
  EXPECT_EQ(elastic.find("random:7"), elastic.random({7}));
  EXPECT_EQ(elastic.find("1x8+2x16,2x24+2x8"), (NetSize{{{1, 8}, {2, 16}}, {{2, 24}, {2, 8}}}));
  for (const char* wrong :
       {"", "largest", "random:", "random:-1", "random:x", "1x8", "1x8+2x16",
        "1x8+2x16,2x24+2x8,1x8", "3x8+2x16,2x24+2x8", "1x12+2x16,2x24+2x8", "1x8+2x16,2x24+1x8",
        "1x8+2x16,2x40+2x8", "1x8+2x16,2x24+2", "1x8+2x16,2x24+2x8x8", "1x8+2x16,2x24+2x",
        "99999999999x8+2x16,2x24+2x8"})
    EXPECT_ERROR(elastic.find(wrong), UsageError, std::string("'") + wrong, "max, min") << wrong;
}

// Every width of the steps and every depth comes; narrow ones more often, as the logarithm has it.
TEST(Elastic, DrawsAllThatIsInside) {
  const Elastic elastic(testing::elastic_config());
  std::map<int, int> depths, widths;
  constexpr int kDraws = 3000;
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const NetSize size = elastic.random({1, seed});
    EXPECT_NO_THROW(elastic.find(Elastic::name_of(size))) << seed;
    EXPECT_EQ(size, elastic.random({1, seed}));
    ++depths[size[1][0].depth], ++widths[size[1][0].width];
  }
  EXPECT_NEAR(depths[1], kDraws / 2.0, 150);
  // From 16 to 24, 32 and the end, 40: their logarithms share the scale.
  const double whole = std::log(40.0 / 16);
  EXPECT_NEAR(widths[16], kDraws * std::log(24.0 / 16) / whole, 150);
  EXPECT_NEAR(widths[24], kDraws * std::log(32.0 / 24) / whole, 150);
  EXPECT_NEAR(widths[32], kDraws * std::log(40.0 / 32) / whole, 150);
}

TEST(Elastic, HasOrdinaryNetworksInside) {
  const Elastic elastic(testing::elastic_config());
  const auto own = elastic.config_of(elastic.find("1x8+2x16,2x24+2x8"));
  EXPECT_FALSE(Elastic::is(own));
  EXPECT_EQ(config::dump(own).find("ELASTIC"), std::string::npos);
  EXPECT_EQ(config::parse(config::dump(own), "again"), own);
  const auto stages = config::stages(own);
  EXPECT_EQ(stages[0].branches[1].depth, 2);
  EXPECT_EQ(stages[1].branches[0].width, 24);
  EXPECT_EQ(stages[1].original_width, 32);
}

// A convolution of one group keeps one; groups of a fixed width keep their width.
TEST(Elastic, KeepsGroups) {
  const std::vector<std::string> bottleneck = {"ANYNET.BLOCK_TYPE", "res_bottleneck_block",
                                               "ANYNET.BOT_MULS",   "[0.5, 0.5]",
                                               "ANYNET.GROUP_WS",   "[[8, 8], [4, 12]]"};
  const Elastic elastic(testing::elastic_config(bottleneck));
  const auto stages = config::stages(elastic.config_of(elastic.smallest()));
  EXPECT_EQ(stages[0].branches[0].group_w, 4);  // 8 * 0.5
  EXPECT_EQ(stages[1].branches[0].group_w, 4);  // as it was
  EXPECT_EQ(stages[1].branches[1].group_w, 4);  // 8 * 0.5
}

}  // namespace
}  // namespace nnstretch::nets
