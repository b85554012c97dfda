// Folding, ranges and int8 networks.
#include "quantize/int8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "engines/reference/evaluate.h"
#include "ir/passes/fold_batch_norm.h"
#include "ir/passes/fuse_activations.h"
#include "ir/passes/tag_meeting_points.h"
#include "ir/stored_values.h"
#include "ir/text.h"
#include "quantize/fidelity.h"
#include "quantize/stretched.h"
#include "weights/weights.h"

namespace nnstretch {
namespace {

using testing::images;
using testing::in_float;
using testing::in_int8;
using testing::stretched;

std::vector<float> logits(const ir::Model& model, const std::vector<float>& image) {
  const auto& in = model.graph.node(model.graph.inputs()[0]).type;
  const auto& out = model.graph.node(model.graph.outputs()[0]).type;
  return ir::to_floats(
      engines::evaluate(model, std::vector<std::vector<std::byte>>{ir::from_floats(image, in)})[0],
      out);
}

TEST(Prepare, ComputesTheSameNetwork) {
  const ir::Model model = stretched();
  const ir::Model prepared = quantize::prepare(model);
  for (const ir::Node& node : prepared.graph.nodes())
    EXPECT_FALSE(std::holds_alternative<ir::BatchNorm>(node.op)) << node.name;
  for (const auto& image : images(3, 1)) {
    const auto a = logits(model, image), b = logits(prepared, image);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5 * (1 + std::abs(a[i])));
  }
}

TEST(FoldBatchNorm, KeepsTheNormWhenAnotherOpReadsTheConvolution) {
  ir::Model model{
      ir::parse(
          "x = input f32 1x4x4x8; y = conv x out=16 window=1x1; z = batch_norm y; output y z"),
      {},
      "",
      {}};
  model.weights = weights::initialise(model.graph);
  EXPECT_EQ(ir::print(ir::fold_batch_norm(model).graph), ir::print(model.graph));
}

TEST(FuseActivations, LeavesAReluThatReadsAValueOthersReadToo) {
  const auto graph = ir::parse(
      "x = input f32 1x4x4x8; y = conv x out=8 window=1x1; z = act y kind=relu; s = add y z; "
      "output s");
  EXPECT_EQ(ir::print(ir::fuse_activations(graph)), ir::print(graph));
}

TEST(Calibrate, SeesTheRangeOfEveryValue) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto some = images(4, 2);
  const auto ranges = quantize::calibrate(prepared, some, in_float());
  EXPECT_EQ(ranges.size(), prepared.graph.size());
  float low = 0, high = 0;  // the logits, by another way
  for (const auto& image : some)
    for (const float x : logits(prepared, image)) low = std::min(low, x), high = std::max(high, x);
  EXPECT_FLOAT_EQ(ranges.at("head_cpu_dense").min, low);
  EXPECT_FLOAT_EQ(ranges.at("head_cpu_dense").max, high);
}

TEST(ToInt8, GivesAllOperandsOfAMeetingPointOneScale) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto int8 =
      quantize::to_int8(prepared, quantize::calibrate(prepared, images(4, 3), in_float()));
  const auto& meeting = int8.graph.node(int8.graph.find("s1_cpu_concat"));
  for (const auto operand : meeting.inputs)
    EXPECT_EQ(int8.graph.node(operand).type.quant, meeting.type.quant);
  for (const ir::Node& node : int8.graph.nodes())
    EXPECT_EQ(node.type.dtype, DType::i8) << node.name;
}

TEST(ToInt8, StaysNearTheFloatNetwork) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto int8 =
      quantize::to_int8(prepared, quantize::calibrate(prepared, images(8, 4), in_float()));
  const auto fidelity = quantize::compare(prepared, int8, images(8, 5), in_float(), in_int8());
  EXPECT_GE(fidelity.median, 0.99);
  EXPECT_LE(fidelity.wrong_image, 0.5);  // or the measure would accept anything
}

TEST(ToInt8, SaysWhichValueWasNeverSeen) {
  const ir::Model prepared = quantize::prepare(stretched());
  auto ranges = quantize::calibrate(prepared, images(2, 6), in_float());
  ranges.erase("head_cpu_gap");
  try {
    const auto ignored = quantize::to_int8(prepared, ranges);
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.message().where, "head_cpu_gap");
  }
}

TEST(QuantFor, PutsZeroOnAStepAndFillsTheRange) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-10, 10);
  for (int i = 0; i < 1000; ++i) {
    const float a = uniform(random), b = uniform(random);
    const quantize::Range range{std::min({a, b, 0.f}), std::max({a, b, 0.f})};
    const ir::Quant quant = quantize::quant_for(range);
    const float low = (-128 - quant.zero_point) * quant.scale,
                high = (127 - quant.zero_point) * quant.scale;
    EXPECT_NEAR(low, range.min, quant.scale * 0.51) << range.min << " " << range.max;
    EXPECT_NEAR(high, range.max, quant.scale * 0.51) << range.min << " " << range.max;
  }
}

TEST(TagMeetingPoints, MarksWhereBranchesBeginAndMeet) {
  const auto graph = ir::tag_meeting_points(quantize::prepare(stretched()).graph);
  EXPECT_NO_THROW(static_cast<void>(graph.find("st_cpu_mp_start_act")));
  EXPECT_NO_THROW(static_cast<void>(graph.find("s1_cpu_mp_end_concat")));
  int tagged = 0;
  for (const ir::Node& node : graph.nodes()) tagged += node.name.find("_mp_") != std::string::npos;
  EXPECT_EQ(tagged, 2);
}

TEST(LayerErrors, NamesTheLayerThatWasSpoilt) {
  const ir::Model prepared = quantize::prepare(stretched());
  auto ranges = quantize::calibrate(prepared, images(4, 8), in_float());
  ranges["head_cpu_gap"] = {-1000, 1000};  // far too coarse
  const auto int8 = quantize::to_int8(prepared, ranges);
  const auto errors = quantize::layer_errors(prepared, int8, images(2, 9), in_float(), in_int8());
  // The layer itself, or the one that reads it.
  EXPECT_TRUE(errors[0].node == "head_cpu_gap" || errors[0].node == "head_cpu_dense")
      << errors[0].node;
}

}  // namespace
}  // namespace nnstretch
