// What the writer makes of graphs, and that the reader gives them back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <limits>

#include "base/error.h"
#include "formats/onnx/emitter.h"
#include "formats/onnx/file.h"
#include "formats/onnx/reader.h"
#include "formats/onnx/samples.h"
#include "formats/onnx/writer.h"
#include "ir/text.h"
#include "support/errors.h"

namespace nnstretch::onnx {
namespace {

using testing::onnx_samples;
using testing::OnnxSample;
using testing::sample_model;

void expect_equal_weights(const ir::WeightStore& got, const ir::WeightStore& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (const auto& [name, tensor] : wanted) {
    ASSERT_TRUE(got.find(name)) << name;
    EXPECT_EQ(got.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(got.at(name).dtype, tensor.dtype) << name;
    EXPECT_EQ(*got.at(name).bytes, *tensor.bytes) << name;
    EXPECT_EQ(got.at(name).scales, tensor.scales) << name;
  }
}

class OnnxRoundTrip : public ::testing::TestWithParam<OnnxSample> {};
INSTANTIATE_TEST_SUITE_P(Onnx, OnnxRoundTrip, ::testing::ValuesIn(onnx_samples()),
                         [](const auto& info) { return info.param.name; });

TEST_P(OnnxRoundTrip, ComesBackEqualFromEveryOperatorSet) {
  const ir::Model model = sample_model(GetParam().text);
  bool int8 = false;
  for (const ir::Node& node : model.graph.nodes()) int8 |= node.type.quant.has_value();
  for (int opset = int8 ? 13 : WriteOptions::kOldest; opset <= WriteOptions::kNewest; ++opset) {
    const ir::Model back = read(write(model, {opset}), "test");
    ASSERT_EQ(ir::print(back.graph), ir::print(model.graph)) << opset;
    expect_equal_weights(back.weights, model.weights);
    EXPECT_EQ(ir::content_hash(back.graph, back.weights),
              ir::content_hash(model.graph, model.weights));
  }
}

TEST_P(OnnxRoundTrip, GivesTheSameBytesEveryTime) {
  EXPECT_EQ(write(sample_model(GetParam().text)), write(sample_model(GetParam().text)));
}

TEST(OnnxReader, NamesTheWeightThatIsNoNumber) {
  const auto bytes = write(sample_model("x = input f32 1x4; y = linear x out=3; output y"));
  schema::ModelProto file;
  ASSERT_TRUE(file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  for (auto& constant : *file.mutable_graph()->mutable_initializer())
    if (constant.name() == "y.weight") {
      const float none = -std::numeric_limits<float>::infinity();
      std::memcpy(constant.mutable_raw_data()->data() + 5 * sizeof none, &none, sizeof none);
    }
  const std::string text = file.SerializeAsString();
  try {
    read(std::as_bytes(std::span(text)), "net.onnx");
    ADD_FAILURE() << "it was read";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("net.onnx: y.weight: element [1, 1] is -inf"));
  }
}

TEST(OnnxReader, SaysWhatItComputesInFloat) {
  const auto notes = [](std::string_view text) {
    return read(write(sample_model(text)), "test").notes;
  };
  EXPECT_THAT(notes("x = input i8 1x4 q=0.1,0; y = act x kind=sigmoid q=0.01,0; output y"),
              ::testing::Contains(::testing::HasSubstr("computed in float")));
  EXPECT_THAT(notes("x = input i8 1x4 q=0.1,0; y = act x kind=relu q=0.01,0; output y"),
              ::testing::IsEmpty());
}

// A file of another program: `operators` make y of x, whose shape in the file is given.
ir::Graph foreign(const ir::Shape& x, const std::function<void(Emitter&)>& operators) {
  Emitter emitter(17);
  emitter.reserve("x");
  emitter.input("x", {.dtype = DType::f32, .shape = from_file(x), .quant = {}}, {});
  const std::vector<float> weights(4 * 3 * 3 * 3, 0.25f);
  emitter.floats("w", {4, 3, 3, 3}, weights);
  operators(emitter);
  emitter.output("y", {.dtype = DType::f32, .shape = {1, 1, 1, 4}, .quant = {}});
  return read(std::move(emitter).finish("foreign"), "test").graph;
}

const Attribute kToNchw = {"perm", std::vector<int64_t>{0, 3, 1, 2}};

TEST(OnnxReader, TakesAnInputThatIsTransposedToNchwAsNhwc) {
  for (const int64_t side : {3, 8}) {
    const ir::Graph nhwc = foreign({1, side, side, 3}, [](Emitter& out) {
      out.op("Transpose", {"x"}, "t", {kToNchw});
      out.op("Conv", {"t", "w"}, "y");
    });
    const ir::Graph nchw = foreign({1, 3, side, side}, [](Emitter& out) {
      out.op("Conv", {"x", "w"}, "y");
    });
    EXPECT_EQ(nhwc.node(nhwc.inputs()[0]).type.shape, (ir::Shape{1, side, side, 3}));
    EXPECT_EQ(ir::print(nhwc), ir::print(nchw));  // no transposition is left
  }
}

TEST(OnnxReader, FindsTheTranspositionBehindOperatorsWithoutALayout) {
  const ir::Graph graph = foreign({1, 3, 3, 3}, [](Emitter& out) {
    out.op("Sub", {"x", out.floats("mean", {3}, std::vector<float>{1, 2, 3})}, "s");
    const std::byte zero{5};
    const std::string scale = out.scalar("scale", 0.02f);
    const std::string point = out.constant("zero", schema::TensorProto::INT8, {}, {&zero, 1});
    out.op("QuantizeLinear", {"s", scale, point}, "q");
    out.op("DequantizeLinear", {"q", scale, point}, "d");
    out.op("Transpose", {"d"}, "t", {kToNchw});
    out.op("Conv", {"t", "w"}, "y");
  });
  for (const ir::Node& node : graph.nodes())
    EXPECT_FALSE(std::holds_alternative<ir::Transpose>(node.op));
}

TEST(OnnxReader, TakesAnInputThatAConvolutionReadsAsNchw) {
  const ir::Graph graph = foreign({1, 3, 8, 3}, [](Emitter& out) {
    out.op("Transpose", {"x"}, "t", {kToNchw});
    out.op("Relu", {"t"}, "r");
    out.op("Conv", {"x", "w"}, "y");
  });
  EXPECT_EQ(graph.node(graph.inputs()[0]).type.shape, (ir::Shape{1, 8, 3, 3}));
  const ir::Graph turned = foreign({1, 8, 3, 6}, [](Emitter& out) {
    out.op("Transpose", {"x"}, "y", {{"perm", std::vector<int64_t>{0, 1, 3, 2}}});
  });
  EXPECT_EQ(turned.node(turned.inputs()[0]).type.shape, (ir::Shape{1, 3, 6, 8}));
}

TEST(OnnxWriter, ShowsImagesAsNchw) {
  const auto bytes =
      write(sample_model("x = input f32 1x8x6x4; y = conv x out=5 window=3x3/2x2; output y"));
  const File file = File::open(bytes, "test");
  EXPECT_EQ(file.inputs().at(0).shape, (ir::Shape{1, 4, 8, 6}));
  EXPECT_EQ(file.nodes().at(0).op, "Conv");
  EXPECT_EQ(file.nodes().at(0).integers("pads"), (std::vector<int64_t>{1, 1, 1, 1}));
}

TEST(OnnxWriter, RefusesWhatItsOperatorSetCannotSay) {
  const ir::Model int8 = sample_model("x = input i8 1x4 q=1,0; y = linear x out=2 q=1,0; output y");
  EXPECT_ERROR(write(int8, WriteOptions{12}), FormatError, "12", "13");
  const ir::Model real = sample_model("x = input f32 1x4; y = linear x out=2; output y");
  EXPECT_ERROR(write(real, WriteOptions{10}), FormatError, "10", "11");
  EXPECT_ERROR(write(real, WriteOptions{22}), FormatError, "22", "21");
}

}  // namespace
}  // namespace nnstretch::onnx
