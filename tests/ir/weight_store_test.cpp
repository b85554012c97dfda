// Tensors and stores of them.
#include "ir/weight_store.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/errors.h"

namespace nnstretch::ir {
namespace {

TEST(Tensor, GivesItsElementsOnlyAsTheirType) {
  const std::vector<int32_t> values = {1, -2, 3};
  const Tensor tensor = make_tensor<int32_t>({3}, values, {0.5f, 0.25f, 1});
  EXPECT_EQ(tensor.dtype, DType::i32);
  EXPECT_EQ(tensor.as<int32_t>()[1], -2);
  EXPECT_EQ(tensor.scales[1], 0.25f);
  EXPECT_ERROR(tensor.as<float>(), FormatError, "holds i32, f32 was expected");
  EXPECT_TRUE(make_tensor<float>({0}, {}).as<float>().empty());
}

TEST(WeightStore, FindsReplacesAndErases) {
  const std::vector<float> one = {1}, two = {2};
  WeightStore store;
  store.set("a", make_tensor<float>({1}, one));
  const WeightStore copy = store;  // a store of its own; the numbers are shared
  EXPECT_EQ(copy.at("a").bytes, store.at("a").bytes);
  store.set("a", make_tensor<float>({1}, two));
  EXPECT_EQ(store.at("a").as<float>()[0], 2);
  EXPECT_EQ(copy.at("a").as<float>()[0], 1);
  store.erase("a");
  store.erase("never there");
  EXPECT_EQ(store.find("a"), nullptr);
  EXPECT_EQ(store.size(), 0u);
  try {
    store.at("conv.weight");
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.message().where, "conv.weight");
  }
}

}  // namespace
}  // namespace nnstretch::ir
