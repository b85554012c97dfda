#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "ir/text.h"
#include "support/errors.h"
#include "support/paths.h"
#include "support/recipe.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

// The numbers of line `index` of the recipe's own print-out.
std::vector<double> printed(size_t index) {
  std::ifstream file(testing::shared_folder() / "golden" / "recipe_selftest.txt");
  std::string line;
  for (size_t i = 0; i <= index; ++i) std::getline(file, line);
  for (char& c : line)
    if (c == '[' || c == ']' || c == ',') c = ' ';
  std::istringstream words(line);
  return {std::istream_iterator<double>(words), {}};
}

struct Printed {
  std::string name;
  ir::Shape shape;
  size_t line;
};
const Printed kPrinted[] = {{"stem.conv.weight", {64, 3, 7, 7}, 1},
                            {"stem.bn.running_var", {64}, 2},
                            {"head.fc.bias", {1000}, 3},
                            {"stem.bn.weight", {64}, 4},
                            {"s1.branches.0.b1.se.f_ex.2.bias", {48}, 5},
                            {"s1.branches.0.b1.se.f_ex.2.weight", {48, 12, 1, 1}, 6}};

TEST(Initialise, AgreesWithTheRecipeBitForBit) {
  NNSTRETCH_NEEDS_SHARED();
  for (const auto& [name, shape, line] : kPrinted) {
    const ir::Tensor tensor = initial_value(name, shape);
    EXPECT_EQ(tensor.shape, shape);
    const auto expected = printed(line);
    ASSERT_EQ(expected.size(), 4u);
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(tensor.as<float>()[i], static_cast<float>(expected[i])) << name << "[" << i << "]";
  }
}

TEST(Initialise, TheInputImageAgreesWithTheRecipeToo) {
  NNSTRETCH_NEEDS_SHARED();
  const auto image = testing::recipe_image("input", 224);
  const auto expected = printed(7);  // the first four, the last one, the sum
  ASSERT_EQ(expected.size(), 6u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(image[i], static_cast<float>(expected[i]));
  EXPECT_EQ(image.back(), static_cast<float>(expected[4]));
  EXPECT_NEAR(std::accumulate(image.begin(), image.end(), 0.0), expected[5], 1e-8);
}

TEST(Initialise, FillsEveryWeightOfAGraph) {
  const ir::Graph graph = ir::parse(
      "x = input f32 1x8x8x4; y = conv x out=16 window=3x3/2x2 bias=1; z = batch_norm y; output z");
  const ir::WeightStore store = initialise(graph);
  const auto slots = ir::weight_slots(graph);
  EXPECT_EQ(store.size(), slots.size());
  ir::check_weights(graph, store);
  for (const auto& slot : slots)
    EXPECT_EQ(*store.at(slot.name).bytes, *initial_value(slot.name, slot.shape).bytes) << slot.name;
}

TEST(Initialise, KeepsTheVarianceOfActivationsUnderRelu) {
  const auto values = initial_value("a.weight", {64, 32, 3, 3});
  double squares = 0;
  for (const float value : values.as<float>()) squares += double{value} * value;
  EXPECT_NEAR(squares / static_cast<double>(values.as<float>().size()), 2.0 / (32 * 9), 1e-4);
}

TEST(Initialise, CountersAreIntegers) {
  const auto counter = initial_value("stem.bn.num_batches_tracked", {});
  EXPECT_EQ(counter.as<int64_t>()[0], 0);
}

TEST(Initialise, RefusesANameWithoutARule) {
  EXPECT_ERROR(initial_value("stem.alpha", ir::Shape{4}), ShapeError, "stem.alpha");
  EXPECT_ERROR(initial_value("stem.bias", (ir::Shape{4, 4})), ShapeError, "stem.bias");
}

}  // namespace
}  // namespace nnstretch::weights
