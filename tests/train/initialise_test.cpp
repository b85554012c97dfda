// New weights against the distributions that PyTorch and pycls draw them from.
#include "train/initialise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nets/build.h"

namespace nnstretch::train {
namespace {

// A bottleneck network with squeeze-and-excitation, wide enough for statistics.
config::Config net(const std::vector<std::string>& more = {}) {
  std::vector<std::string> keys = {"MODEL.TYPE",
                                   "mbanynet",
                                   "MODEL.NUM_CLASSES",
                                   "100",
                                   "ANYNET.STEM_W",
                                   "32",
                                   "ANYNET.STEM_K",
                                   "3",
                                   "ANYNET.DEPTHS",
                                   "[[2, 1]]",
                                   "ANYNET.WIDTHS",
                                   "[[256, 128]]",
                                   "ANYNET.STRIDES",
                                   "[2]",
                                   "ANYNET.BOT_MULS",
                                   "[1]",
                                   "ANYNET.GROUP_WS",
                                   "[[32, 64]]",
                                   "ANYNET.DEVICES",
                                   "['cpu', 'dsp']",
                                   "ANYNET.ORIGINAL_WIDTHS",
                                   "[384]",
                                   "ANYNET.SE_ON",
                                   "True"};
  keys.insert(keys.end(), more.begin(), more.end());
  return config::parse("", "test.yaml", keys);
}

ir::WeightStore weights_of(const config::Config& config) {
  return initial_weights(nets::build(config, 32), config);
}

struct Statistics {
  double mean = 0, deviation = 0, least = 0, most = 0;
  size_t count = 0;
};
Statistics statistics(const ir::WeightStore& store, const std::string& name) {
  const auto values = store.at(name).as<float>();
  Statistics found{.least = values[0], .most = values[0], .count = values.size()};
  for (const double value : values) found.mean += value / static_cast<double>(values.size());
  for (const double value : values) {
    found.deviation += (value - found.mean) * (value - found.mean);
    found.least = std::min(found.least, value), found.most = std::max(found.most, value);
  }
  found.deviation = std::sqrt(found.deviation / static_cast<double>(values.size()));
  return found;
}

void expect_normal(const ir::WeightStore& store, const std::string& name, double deviation) {
  const Statistics found = statistics(store, name);
  const double error = deviation / std::sqrt(static_cast<double>(found.count));
  EXPECT_NEAR(found.mean, 0, 5 * error) << name;
  EXPECT_NEAR(found.deviation, deviation, 5 * error) << name;
  EXPECT_GT(found.most, 2.5 * deviation) << name;  // no uniform numbers
}

// The variance is 2 / (kernel x all outputs), also where channels are in groups.
TEST(InitialWeights, OfConvolutionsAndClassifiersAreNormal) {
  const auto store = weights_of(net());
  expect_normal(store, "stem.conv.weight", std::sqrt(2.0 / (9 * 32)));
  expect_normal(store, "s1.branches.0.b1.f.a.weight", std::sqrt(2.0 / 256));
  expect_normal(store, "s1.branches.0.b1.f.b.weight", std::sqrt(2.0 / (9 * 256)));
  expect_normal(store, "s1.branches.1.b1.f.b.weight", std::sqrt(2.0 / (9 * 128)));
  expect_normal(store, "head.fc.weight", 0.01);
  const Statistics bias = statistics(store, "head.fc.bias");
  EXPECT_EQ(bias.least, 0);
  EXPECT_EQ(bias.most, 0);
}

// torch.nn.Conv2d's own: uniform within 1 / sqrt(inputs). The second block's squeeze reads 256
// channels and gives 64, a quarter of its block's input.
TEST(InitialWeights, OfBiasesOfSqueezeAndExcitationAreUniform) {
  const auto store = weights_of(net());
  const std::string block = "s1.branches.0.b2.f.se.f_ex.";
  for (const auto& [name, inputs, count] :
       {std::tuple{block + "0.bias", 256.0, 64u}, std::tuple{block + "2.bias", 64.0, 256u}}) {
    const Statistics found = statistics(store, name);
    const double bound = 1 / std::sqrt(inputs);
    EXPECT_EQ(found.count, count) << name;
    EXPECT_GE(found.least, -bound) << name;
    EXPECT_LE(found.most, bound) << name;
    EXPECT_LT(found.least, -0.8 * bound) << name;
    EXPECT_GT(found.most, 0.8 * bound) << name;
    EXPECT_NEAR(found.deviation, bound / std::sqrt(3), 0.25 * bound / std::sqrt(3)) << name;
  }
}

TEST(InitialWeights, OfBatchNormsAreOnesAndThoseBeforeASumMayBeZeros) {
  for (const bool zeros : {false, true}) {
    const auto store = weights_of(net({"BN.ZERO_INIT_FINAL_GAMMA", zeros ? "True" : "False"}));
    const auto expect_all = [&](const std::string& name, double value) {
      const Statistics found = statistics(store, name);
      EXPECT_EQ(found.least, value) << name;
      EXPECT_EQ(found.most, value) << name;
    };
    const std::string block = "s1.branches.0.b1.";
    expect_all(block + "f.c_bn.weight", zeros ? 0 : 1);
    for (const char* other : {"bn.weight", "f.a_bn.weight", "f.b_bn.weight", "f.c_bn.running_var"})
      expect_all(block + other, 1);
    for (const char* other : {"f.c_bn.bias", "f.c_bn.running_mean"}) expect_all(block + other, 0);
  }
}

TEST(InitialWeights, FollowFromSeedAndName) {
  const auto first = weights_of(net()), same = weights_of(net()),
             other = weights_of(net({"RNG_SEED", "2"}));
  for (const auto& [name, tensor] : first) {
    EXPECT_EQ(*tensor.bytes, *same.at(name).bytes) << name;
    if (statistics(first, name).deviation > 0) {
      EXPECT_NE(*tensor.bytes, *other.at(name).bytes) << name;
    }
  }
  EXPECT_NE(*first.at("s1.branches.0.b1.f.c.weight").bytes,
            *first.at("s1.branches.0.b2.f.c.weight").bytes);
}

}  // namespace
}  // namespace nnstretch::train
