// What the writer makes of graphs, and that the reader gives them back.
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "formats/model_file.h"
#include "formats/sample_model.h"
#include "formats/tflite/file.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"
#include "ir/text.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::tflite {
namespace {

using testing::sample_graphs;
using testing::sample_model;
using testing::SampleGraph;

std::vector<std::string> operators_of(std::span<const std::byte> bytes) {
  const File file = File::open(bytes, "test");
  std::vector<std::string> names;
  for (const FileOperator& op : file.operators())
    names.push_back(schema::EnumNameBuiltinOperator(op.code));
  return names;
}

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

class EveryLowering : public ::testing::TestWithParam<SampleGraph> {};
INSTANTIATE_TEST_SUITE_P(Tflite, EveryLowering, ::testing::ValuesIn(sample_graphs()),
                         [](const auto& info) { return info.param.name; });

TEST_P(EveryLowering, BecomesTheseOperators) {
  EXPECT_EQ(operators_of(write(sample_model(GetParam().text))), GetParam().operators);
}

TEST_P(EveryLowering, ComesBackEqual) {
  const ir::Model model = sample_model(GetParam().text);
  const ir::Model back = read(write(model), "test");
  EXPECT_EQ(ir::print(back.graph), ir::print(model.graph));
  expect_equal_weights(back.weights, model.weights);
}

TEST_P(EveryLowering, GivesTheSameBytesEveryTime) {
  EXPECT_EQ(write(sample_model(GetParam().text)), write(sample_model(GetParam().text)));
}

TEST(TfliteWriter, NamesTensorsAfterTheirNodes) {
  const auto bytes =
      write(sample_model("x = input i8 1x8x8x4 q=0.05,3; s1_dsp = conv x out=4 window=3x3/2x2 "
                         "q=0.1,-5 w=s1.weight; output s1_dsp"));
  const File file = File::open(bytes, "test");
  const auto& pad = file.operators().at(0);
  const auto& conv = file.operators().at(1);
  EXPECT_EQ(file.tensor(pad.output()).name, "s1_dsp_pad");
  EXPECT_EQ(file.tensor(conv.output()).name, "s1_dsp");
  EXPECT_EQ(file.tensor(conv.inputs.at(1)).name, "s1.weight");
}

TEST(TfliteWriter, AlignsEveryConstantTo16Bytes) {
  const auto bytes = write(sample_model(sample_graphs()[0].text));
  const File file = File::open(bytes, "test");
  for (size_t i = 0; i < file.tensor_count(); ++i) {
    const auto constant = file.tensor(static_cast<int>(i)).constant;
    EXPECT_EQ((constant.data() - bytes.data()) % 16, 0) << file.tensor(static_cast<int>(i)).name;
  }
}

TEST(TfliteWriter, GivesInt8WeightsAScaleOnTheirOutputDimension) {
  const ir::Model model = sample_model(
      "x = input i8 1x8x8x4 q=0.05,3; a = conv x out=8 window=3x3/1x1 q=0.1,-5;"
      "b = conv a out=8 window=3x3/1x1 groups=8 q=0.1,-5; output b");
  const auto bytes = write(model);
  const File file = File::open(bytes, "test");
  const FileTensor& conv = file.tensor(file.operators().at(0).inputs.at(1));
  const FileTensor& depthwise = file.tensor(file.operators().at(1).inputs.at(1));
  EXPECT_EQ(conv.shape, (ir::Shape{8, 3, 3, 4}));
  EXPECT_EQ(conv.axis, 0);
  EXPECT_EQ(depthwise.shape, (ir::Shape{1, 3, 3, 8}));
  EXPECT_EQ(depthwise.axis, 3);
  EXPECT_EQ(depthwise.scales, model.weights.at("b.weight").scales);
  const auto wanted = model.weights.at("a.weight").as<int8_t>();  // (out, in, h, w)
  EXPECT_EQ(static_cast<int8_t>(conv.constant[((2 * 3 + 1) * 3 + 2) * 4 + 3]),
            wanted[((2 * 4 + 3) * 3 + 1) * 3 + 2]);
}

struct Refused {
  std::string name, text, reason;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }
class WriterRefuses : public ::testing::TestWithParam<Refused> {};
INSTANTIATE_TEST_SUITE_P(
    Tflite, WriterRefuses,
    ::testing::Values(
        Refused{"batch_norm", "x = input f32 1x2x2x4; y = batch_norm x; output y", "folded"},
        Refused{"int8_silu", "x = input i8 1x2x2x4 q=1,0; y = act x kind=silu q=1,0; output y",
                "two nodes"},
        Refused{"fused_int8_silu",
                "x = input i8 1x2x2x4 q=1,0; y = add x x act=silu q=1,0; output y", "two nodes"},
        Refused{"int8_sigmoid_of_another_scale",
                "x = input i8 1x2x2x4 q=1,0; y = act x kind=sigmoid q=0.01,0; output y", "1/256"},
        Refused{"input_as_output", "x = input f32 1x2x2x4; y = add x x; output x y", "at once"},
        Refused{"one_output_twice", "x = input f32 1x2x2x4; y = add x x; output y y", "twice"}),
    [](const auto& info) { return info.param.name; });

TEST_P(WriterRefuses, AndSaysWhy) {
  try {
    write(sample_model(GetParam().text));
    FAIL() << "written";
  } catch (const FormatError& error) {
    EXPECT_NE(error.message().what.find(GetParam().reason), std::string::npos) << error.what();
    EXPECT_FALSE(error.message().where.empty());
  }
}

TEST(TfliteWriter, RefusesInt8WeightsWithoutTheirScales) {
  ir::Model model = sample_model(sample_graphs()[0].text);
  ir::Tensor weights = model.weights.at("y.weight");
  weights.scales.resize(1);
  model.weights.set("y.weight", weights);
  EXPECT_ERROR(write(model), FormatError, "y.weight", "scale");
}

// As another tool leaves it that adds operators and copies the metadata.
TEST(TfliteReader, TakesBranchesFromNamesIfTheMetadataIsOfAnotherGraph) {
  ir::Model model = sample_model(
      "st_cpu = input f32 1x8x8x4; s1_dsp_b1 = act st_cpu kind=relu @1.0.dsp; s1_dsp_b2 = act "
      "s1_dsp_b1 kind=relu6 "
      "at=1.0.dsp; output s1_dsp_b2");
  const auto bytes = write(model);
  auto file = std::unique_ptr<schema::ModelT>(schema::UnPackModel(bytes.data()));
  auto& graph = *file->subgraphs[0];
  graph.operators.pop_back();
  graph.outputs = graph.operators[0]->outputs;
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, file.get()));
  const auto back =
      read(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())), "test");
  EXPECT_EQ(back.graph.node(back.graph.find("s1_dsp_b1")).at, (ir::Place{1, 0, "dsp"}));
  ASSERT_FALSE(back.notes.empty());
  EXPECT_NE(back.notes[0].find("another graph"), std::string::npos) << back.notes[0];
}

TEST(ModelFile, ChoosesTheFormatByExtension) {
  const testing::TemporaryFolder folder;
  const ir::Model model = sample_model(sample_graphs()[0].text);
  write_model(folder / "m.tflite", model);
  EXPECT_EQ(ir::print(read_model(folder / "m.tflite").graph), ir::print(model.graph));
  write_model(folder / "m.onnx", model);
  EXPECT_EQ(ir::print(read_model(folder / "m.onnx").graph), ir::print(model.graph));
  EXPECT_ERROR(read_model(folder / "absent.onnx"), IoError, "/absent.onnx", "No such file");
  EXPECT_ERROR(write_model(folder / "m.pb", model), FormatError, "/m.pb",
               "use a .tflite or .onnx file");
  EXPECT_FALSE(std::filesystem::exists(folder / "m.pb"));
  EXPECT_ERROR(read_model(folder / "absent.tflite"), IoError, "/absent.tflite", "No such file");
}

}  // namespace
}  // namespace nnstretch::tflite
