#include "plan/joins.h"

#include <gtest/gtest.h>

#include "plan/networks.h"
#include "plan/plan.h"
#include "support/here.h"
#include "support/samples.h"

namespace nnstretch::plan {
namespace {

using testing::Random;
using testing::two_cores;

size_t count_of(const Plan& plan, std::string_view op, int axis) {
  size_t count = 0;
  for (const PlanPart& part : plan.parts)
    for (const ir::Node& node : part.model.graph.nodes())
      if (ir::name_of(node.op) == op) {
        const auto* concat = std::get_if<ir::Concat>(&node.op);
        const auto* slice = std::get_if<ir::Slice>(&node.op);
        count += (concat ? concat->axis : slice->axis) == axis;
      }
  return count;
}

TEST(Joins, SpareTheCopiesOfRowsButNotThoseOfChannels) {
  Random random(testing::base_seed());
  const Plan plan =
      make_plan(testing::random_model(testing::kLoneWork, random), two_cores(), testing::here());
  EXPECT_EQ(count_of(plan, "concat", 1), 0u);  // the stem's rows, and the classes
  EXPECT_EQ(count_of(plan, "slice", 1), 0u);   // the image's
  EXPECT_EQ(count_of(plan, "concat", 3), 2u);  // the meeting point, in both its readers
  size_t inside = 0;
  for (const PlanBuffer& buffer : plan.buffers) inside += buffer.inside.has_value();
  EXPECT_GE(inside, 6u);
  const PlanBuffer& output = plan.buffers[plan.outputs[0]];
  EXPECT_EQ(output.value, "head");
  EXPECT_FALSE(output.inside);
}

TEST(Joins, LeaveValuesThatWouldLieInTwoPlacesOrBeginInTheMiddleOfALine) {
  const Assignment three{{{"cpu", 0}, {"dsp", 1}, {"gpu", 2}}};
  const auto joined = [&](std::string_view text) {
    return find_joins(partition(ir::parse(text), three)).inside.size();
  };
  const std::string values = R"(
    x = input i8 1x4x4x16 q=0.1,0
    a = act x kind=relu q=0.1,0 @0.0.dsp
    b = act x kind=relu q=0.1,0 @0.1.gpu
    )";
  EXPECT_EQ(
      joined(values + "m = concat a b axis=1 @1.-1.cpu; y = mean m q=0.1,0 @1.0.cpu; output y"),
      2u);
  EXPECT_EQ(
      joined(values + "m = concat a b axis=2 @1.-1.cpu; y = mean m q=0.1,0 @1.0.cpu; output y"),
      0u);
  EXPECT_EQ(joined(values + R"(m = concat a b axis=1 @1.-1.cpu; n = concat b a axis=1 @1.-1.cpu
            y = add m n q=0.1,0 @1.0.cpu; output y)"),
            2u);
  EXPECT_EQ(
      joined(values + "m = concat a a axis=1 @1.-1.cpu; y = add m m q=0.1,0 @1.0.cpu; output y b"),
      0u);
  EXPECT_EQ(joined(R"(
    x = input i8 1x3x5x3 q=0.1,0
    a = act x kind=relu q=0.1,0 @0.0.dsp
    b = act x kind=relu q=0.1,0 @0.1.gpu
    m = concat a b axis=1 @1.-1.cpu; y = mean m q=0.1,0 @1.0.cpu; output y)"),
            0u);
}

// What a caller reads lies in memory of its own.
TEST(Joins, CopySlicesAndPiecesThatAreOutputs) {
  const Assignment two{{{"cpu", 0}, {"dsp", 1}}};
  const auto found = [&](std::string_view rest) {
    const std::string values = R"(
      x = input i8 1x4x4x16 q=0.1,0
      a = act x kind=relu q=0.1,0 @0.0.dsp
      )";
    return find_joins(partition(ir::parse(values + std::string(rest)), two));
  };
  const std::string slice = "s = slice a axis=1 begin=1 size=2 @1.0.cpu; ";
  const Joins inner = found(slice + "y = mean s q=0.1,0 @1.0.cpu; output y");
  ASSERT_EQ(inner.inside.size(), 1u);
  EXPECT_EQ(inner.inside.begin()->second.offset, 1u * 4 * 16);
  EXPECT_EQ(found(slice + "y = mean s q=0.1,0 @1.0.cpu; output y s").inside.size(), 0u);
  EXPECT_EQ(found(slice + "output s").slices.size(), 0u);
  const std::string joined =
      "b = act x kind=relu q=0.1,0 @0.1.cpu; m = concat a b axis=1 @1.-1.cpu;";
  EXPECT_EQ(found(joined + "y = mean m q=0.1,0 @1.0.dsp; output y a").inside.size(), 0u);
}

}  // namespace
}  // namespace nnstretch::plan
