#include "ir/network_digest.h"

#include <gtest/gtest.h>

#include "ir/passes/tag_meeting_points.h"
#include "ir/text.h"
#include "support/networks.h"
#include "support/samples.h"

namespace nnstretch::ir {
namespace {

std::string digest(const std::string& text, uint32_t seed = 1) {
  testing::Random random(seed);
  const Model model = testing::random_model(text, random);
  return network_digest(model.graph, model.weights);
}

const std::string kNet =
    "x = input f32 1x8x8x4\ny = conv x out=4 window=3x3/2x2 @1.0.cpu\noutput y";

TEST(NetworkDigest, KnowsNoNames) {
  EXPECT_EQ(
      digest(kNet),
      digest("in = input f32 1x8x8x4\ns1 = conv in out=4 window=3x3/2x2 @1.0.cpu\noutput s1"));
}

TEST(NetworkDigest, KnowsWhatIsComputedWhereAndWithWhat) {
  const auto other = [](std::string from, const std::string& to) {
    std::string text = kNet;
    return digest(text.replace(text.find(from), from.size(), to));
  };
  const std::string one = digest(kNet);
  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, other("8x8", "9x9")) << "input";
  EXPECT_NE(one, other("out=4", "out=5")) << "width";
  EXPECT_NE(one, other("3x3/2x2", "3x3/1x1")) << "stride";
  EXPECT_NE(one, other("1.0.cpu", "1.0.dsp")) << "place";
  EXPECT_NE(one, digest(kNet, 2)) << "weights";
}

TEST(NetworkDigest, IsThatOfAModelFileToo) {
  testing::Random random(3);
  const Model model = testing::random_model(
      "st_cpu_x = input f32 1x8x8x4\nst_cpu_a = conv st_cpu_x out=4 @0.0.cpu\n"
      "s1_cpu_b = conv st_cpu_a out=4 @1.0.cpu\ns1_dsp_c = conv st_cpu_a out=4 @1.1.dsp\n"
      "s1_cpu_concat = concat s1_cpu_b s1_dsp_c axis=3 @1.-1.cpu\noutput s1_cpu_concat",
      random);
  const Graph tagged = tag_meeting_points(model.graph);
  ASSERT_NE(print(tagged), print(model.graph));
  EXPECT_EQ(network_digest(tagged, model.weights), network_digest(model.graph, model.weights));
}

}  // namespace
}  // namespace nnstretch::ir
