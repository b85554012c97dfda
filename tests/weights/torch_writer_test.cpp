// Checkpoints that we write, read back; that torch.load reads them is tests/e2e/torch_load.py.
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/errors.h"
#include "support/samples.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

Loaded sample() {
  testing::Random random(testing::base_seed());
  Loaded loaded{.weights = {}, .epoch = 17, .test_err = 23.5, .ema_err = 22.25, .config = "A: 1\n"};
  std::vector<float> values(24);
  for (float& value : values) value = random.real(-3, 3);
  loaded.weights.set("s1.conv.weight", ir::make_tensor<float>({2, 3, 2, 2}, values));
  loaded.weights.set("head.fc.bias", ir::make_tensor<float>({24}, values));
  loaded.weights.set("bn.num_batches_tracked",
                     ir::make_tensor<int64_t>({}, std::vector<int64_t>{int64_t{1} << 40}));
  return loaded;
}

TEST(TorchWriter, KeepsTensorsAndWhatACheckpointSaysOfThem) {
  const Loaded wanted = sample();
  const Loaded got = parse(to_pyth(wanted), "test", Which::model);
  EXPECT_EQ(got.epoch, wanted.epoch);
  EXPECT_EQ(got.test_err, wanted.test_err);
  EXPECT_EQ(got.ema_err, wanted.ema_err);
  EXPECT_EQ(got.config, wanted.config);
  ASSERT_EQ(got.weights.size(), wanted.weights.size());
  for (const auto& [name, tensor] : wanted.weights) {
    EXPECT_EQ(got.weights.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(got.weights.at(name).dtype, tensor.dtype) << name;
    EXPECT_EQ(*got.weights.at(name).bytes, *tensor.bytes) << name;
  }
  EXPECT_EQ(parse(to_pyth(wanted), "test", Which::ema).taken, Which::ema);
}

TEST(TorchWriter, GivesTheSameBytesForTheSameCheckpoint) {
  EXPECT_EQ(to_pyth(sample()), to_pyth(sample()));
}

TEST(TorchWriter, RefusesInt8WeightsWithScales) {
  Loaded loaded = sample();
  loaded.weights.set("q", ir::make_tensor<int8_t>({1}, std::vector<int8_t>{1}, {0.5f}));
  EXPECT_ERROR(to_pyth(loaded), FormatError, "q: ", "int8 scales");
}

}  // namespace
}  // namespace nnstretch::weights
