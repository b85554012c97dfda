#include "runtime/joins.h"

#include <gtest/gtest.h>

#include "engines/reference/evaluate.h"
#include "runtime/session.h"
#include "support/samples.h"

namespace nnstretch::runtime {
namespace {

using testing::Random;

Machine two_cores() {
  Machine machine;
  for (int i = 0; i < 2; ++i) {
    engines::Processor core;
    core.name = "core" + std::to_string(i);
    core.role = i ? "dsp" : "cpu";
    core.engine = "reference";
    core.cores = {i};
    machine.processors.push_back(core);
  }
  return machine;
}

// A stem and a head worth sharing, and a stage of two branches between them.
constexpr std::string_view kNetwork = R"(
  x = input i8 1x64x64x3 q=0.1,0
  stem = conv x out=64 window=7x7/2x2 bias=1 q=0.1,0 @0.0.cpu
  a = conv stem out=16 window=3x3/2x2 q=0.1,0 @1.0.cpu
  b = conv stem out=16 window=3x3/2x2 q=0.1,0 @1.1.dsp
  m = concat a b @1.-1.cpu
  wide = conv m out=512 window=1x1/1x1 bias=1 q=0.1,0 @2.0.cpu
  mean = mean wide keep=0 q=0.1,0 @2.0.cpu
  head = linear mean out=2048 q=0.1,0 @2.0.cpu
  output head)";

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
  const Plan plan = make_plan(testing::random_model(kNetwork, random), two_cores());
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

TEST(Joins, GiveTheBytesOfTheNetworkOnOneCore) {
  Random random(testing::base_seed());
  const ir::Model model = testing::random_model(kNetwork, random);
  const auto inputs = testing::random_inputs(model.graph, random);
  const auto wanted = engines::evaluate(model, inputs)[0];
  for (const Order order : {Order::parallel, Order::sequential}) {
    Session session(compile(make_plan(model, two_cores())), order);
    testing::Bytes got(wanted.size());
    for (int run = 0; run < 20; ++run) {
      session.run(inputs[0], got);
      ASSERT_EQ(got, wanted);
    }
  }
}

TEST(Joins, LeaveValuesThatWouldLieInTwoPlacesOrBeginInTheMiddleOfALine) {
  const Placement three{{{"cpu", 0}, {"dsp", 1}, {"gpu", 2}}};
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

}  // namespace
}  // namespace nnstretch::runtime
