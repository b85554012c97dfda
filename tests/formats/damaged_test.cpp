// Files that are cut short, flipped, or built to deceive: always an error of ours or a sound graph.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "base/error.h"
#include "formats/sample_model.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"
#include "ir/text.h"
#include "schema_generated.h"

namespace nnstretch::tflite {
namespace {

using ::testing::HasSubstr;
using testing::sample_model;
using Bytes = std::vector<std::byte>;

// One of each lowering in one int8 graph.
const char* const kGraph =
    "x = input i8 1x8x8x4 q=0.05,-128 @0.0.cpu; p = max_pool x window=3x3/2x2 @0.0.cpu;"
    "a = conv p out=4 window=3x3/2x2 bias=1 act=relu q=0.05,-128 @1.0.cpu;"
    "b = conv p out=4 window=3x3/2x2 groups=4 q=0.05,-128 @1.1.dsp; c = concat a b axis=3 "
    "@1.-1.cpu;"
    "s = shuffle c groups=2; d = slice s axis=3 begin=2 size=4; e = mul d a q=0.1,3;"
    "g = act e kind=sigmoid q=0.00390625,-128; m = mean g keep=0 q=0.003,-128;"
    "l = linear m out=3 q=0.1,0; output l";

// True if the bytes were read; anything but a model or one of the two errors fails the test.
bool is_model(const Bytes& bytes) {
  try {
    const ir::Model model = read(bytes, "damaged");
    ir::check_weights(model.graph, model.weights);
    EXPECT_FALSE(model.graph.outputs().empty());
    return true;
  } catch (const FormatError& error) {
    EXPECT_TRUE(error.message().where.starts_with("damaged")) << error.what();
  } catch (const ShapeError& error) {
    EXPECT_TRUE(error.message().where.starts_with("damaged")) << error.what();
  }
  return false;
}

TEST(DamagedTflite, EveryTruncationIsAnError) {
  const Bytes whole = write(sample_model(kGraph));
  ASSERT_TRUE(is_model(whole));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(is_model({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}))
        << size;
}

TEST(DamagedTflite, AFlippedByteIsAnErrorOrAnotherSoundGraph) {
  const Bytes whole = write(sample_model(kGraph));
  std::mt19937 random(11);
  int readable = 0;
  for (int round = 0; round < 4000; ++round) {
    Bytes bytes = whole;
    for (int flips = 1 + round % 3; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    readable += is_model(bytes);
  }
  EXPECT_GT(readable, 100);  // most bytes are weights and names
  EXPECT_LT(readable, 3900);
}

TEST(DamagedTflite, BytesAtAnOddAddressAreRead) {
  const Bytes whole = write(sample_model(kGraph));
  Bytes shifted(1);
  shifted.insert(shifted.end(), whole.begin(), whole.end());
  EXPECT_EQ(ir::print(read(std::span(shifted).subspan(1), "odd").graph),
            ir::print(read(whole, "even").graph));
}

using Change = std::function<void(schema::ModelT&)>;

// The file of a model with something else written in it.
Bytes changed(const Bytes& bytes, const Change& change) {
  schema::ModelT model;
  schema::GetModel(bytes.data())->UnPackTo(&model);
  change(model);
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model));
  const auto out = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {out.begin(), out.end()};
}

std::string complaint(const Bytes& bytes) {
  try {
    read(bytes, "foreign.tflite");
  } catch (const Error& error) {
    return error.what();
  }
  return "read";
}

// A number that files like to lie with.
int32_t odd_number(std::mt19937& random) {
  constexpr int32_t numbers[] = {
      -2147483647 - 1, -129,    -2,        -1, 0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 127, 128, 255,
      65536,           1 << 24, 2147483647};
  return numbers[random() % std::size(numbers)];
}

void change_options(schema::OperatorT& op, std::mt19937& random) {
  const int32_t number = odd_number(random);
  if (auto* conv = op.builtin_options.AsConv2DOptions()) {
    (random() % 2 ? conv->stride_h : conv->dilation_w_factor) = number;
    conv->padding = static_cast<schema::Padding>(random() % 3);
  } else if (auto* depthwise = op.builtin_options.AsDepthwiseConv2DOptions()) {
    (random() % 2 ? depthwise->stride_w : depthwise->depth_multiplier) = number;
  } else if (auto* pool = op.builtin_options.AsPool2DOptions()) {
    (random() % 2 ? pool->filter_height : pool->stride_w) = number;
    pool->padding = static_cast<schema::Padding>(random() % 3);
  } else if (auto* concat = op.builtin_options.AsConcatenationOptions()) {
    concat->axis = number;
  } else if (auto* mean = op.builtin_options.AsReducerOptions()) {
    mean->keep_dims = !mean->keep_dims;
  } else {
    op.builtin_options.Reset();
  }
}

void change_something(schema::ModelT& model, std::mt19937& random) {
  schema::SubGraphT& graph = *model.subgraphs[0];
  const auto any = [&](auto& list) -> auto& { return list[random() % list.size()]; };
  schema::TensorT& tensor = *any(graph.tensors);
  schema::OperatorT& op = *any(graph.operators);
  switch (random() % 10) {
    case 0:
      if (!tensor.shape.empty()) any(tensor.shape) = odd_number(random);
      break;
    case 1:
      tensor.type = static_cast<schema::TensorType>(random() % 12);
      break;
    case 2:
      tensor.buffer = static_cast<uint32_t>(random() % (model.buffers.size() + 1));
      break;
    case 3:
      if (tensor.quantization) any(tensor.quantization->zero_point) = odd_number(random);
      break;
    case 4:
      if (tensor.quantization) tensor.quantization->quantized_dimension = odd_number(random);
      break;
    case 5:
      any(op.inputs) = static_cast<int32_t>(random() % graph.tensors.size());
      break;
    case 6:
      op.outputs[0] = static_cast<int32_t>(random() % graph.tensors.size());
      break;
    case 7:
      op.opcode_index = static_cast<uint32_t>(random() % model.operator_codes.size());
      break;
    case 8:
      change_options(op, random);
      break;
    default: {  // a table of sizes, axes or weights
      auto& data = any(model.buffers)->data;
      if (data.empty()) break;
      const int32_t number = odd_number(random);
      const size_t at = random() % data.size();
      std::memcpy(&data[at], &number, std::min(sizeof number, data.size() - at));
    }
  }
}

TEST(DamagedTflite, AFieldWithAnotherValueIsAnErrorOrAnotherSoundGraph) {
  const Bytes whole = write(sample_model(kGraph));
  std::mt19937 random(13);
  int readable = 0;
  for (int round = 0; round < 4000; ++round)
    readable += is_model(changed(whole, [&](schema::ModelT& model) {
      for (int changes = 1 + round % 2; changes > 0; --changes) change_something(model, random);
    }));
  EXPECT_GT(readable, 100);
  EXPECT_LT(readable, 3000);
}

TEST(ForeignTflite, NamesTheOperatorThatIsNotKnown) {
  const Bytes bytes =
      changed(write(sample_model("x = input f32 1x1x1x1; y = act x kind=sigmoid; output y")),
              [](schema::ModelT& model) {
                model.operator_codes[0]->builtin_code = static_cast<schema::BuiltinOperator>(54);
              });
  EXPECT_THAT(complaint(bytes), HasSubstr("foreign.tflite: operator 0 (number 54) of 'y'"));
}

TEST(ForeignTflite, NamesTheWeightThatIsNoNumber) {
  const ir::Model model =
      sample_model("x = input f32 1x4x4x3; y = conv x out=2 window=3x3/1x1; output y");
  const Bytes bytes = changed(write(model), [](schema::ModelT& file) {
    const schema::SubGraphT& graph = *file.subgraphs[0];
    for (const auto& tensor : graph.tensors)
      if (tensor->name == "y.weight") {
        const float none = std::numeric_limits<float>::quiet_NaN();
        std::memcpy(&file.buffers[tensor->buffer]->data[4], &none, sizeof none);
      }
  });
  // the file has channels last: its second number is the second channel's first
  EXPECT_THAT(complaint(bytes), HasSubstr("foreign.tflite: y.weight: element [0, 1, 0, 0] is nan"));
}

TEST(ForeignTflite, IsReadWithoutOurMetadata) {
  const ir::Model model =
      sample_model("x = input f32 1x4x4x2 @0.0.cpu; y = act x kind=silu @0.0.cpu; output y");
  const Bytes bytes = changed(write(model), [](schema::ModelT& file) { file.metadata.clear(); });
  EXPECT_EQ(ir::print(read(bytes, "foreign").graph), ir::print(model.graph));
}

TEST(ForeignTflite, GivesALinearLayerWithoutBiasOneOfZeros) {
  const ir::Model model =
      sample_model("x = input i8 1x4 q=0.5,1; y = linear x out=3 q=0.1,0; output y");
  const Bytes bytes = changed(write(model), [](schema::ModelT& file) {
    file.subgraphs[0]->operators[0]->inputs.pop_back();
  });
  const ir::Model back = read(bytes, "foreign");
  const ir::Tensor& bias = back.weights.at(back.graph.node(1).weights.at(1));
  EXPECT_THAT(bias.as<int32_t>(), ::testing::Each(0));
  EXPECT_EQ(bias.scales, model.weights.at("y.bias").scales);
}

TEST(ForeignTflite, SpreadsOneScaleOverAllChannels) {
  const ir::Model model =
      sample_model("x = input i8 1x4 q=0.5,1; y = linear x out=3 q=0.1,0; output y");
  const Bytes bytes = changed(write(model), [](schema::ModelT& file) {
    const auto& inputs = file.subgraphs[0]->operators[0]->inputs;
    file.subgraphs[0]->tensors[static_cast<size_t>(inputs[1])]->quantization->scale = {0.25f};
    file.subgraphs[0]->tensors[static_cast<size_t>(inputs[1])]->quantization->zero_point = {0};
    file.subgraphs[0]->tensors[static_cast<size_t>(inputs[2])]->quantization.reset();
  });
  const ir::Model back = read(bytes, "foreign");
  EXPECT_EQ(back.weights.at("y.weight").scales, std::vector<float>(3, 0.25f));
  EXPECT_EQ(back.weights.at("y.bias").scales, std::vector<float>(3, 0.125f));
}

struct Lie {
  std::string name, complaint;
  Change change;
};
void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.name; }
class LyingTflite : public ::testing::TestWithParam<Lie> {};

auto& tensor(schema::ModelT& file, size_t i) { return *file.subgraphs[0]->tensors.at(i); }
auto& op(schema::ModelT& file, size_t i) { return *file.subgraphs[0]->operators.at(i); }

// Of the graph below: tensors 0 x, 1 y_pad, 2 y_pads, 3 weights, 4 bias, 5 y in some order;
// operators 0 PAD, 1 CONV_2D.
INSTANTIATE_TEST_SUITE_P(
    Tflite, LyingTflite,
    ::testing::Values(
        Lie{"version", "schema version 2", [](auto& f) { f.version = 2; }},
        Lie{"tensor_index", "there is no tensor 99", [](auto& f) { op(f, 1).inputs[0] = 99; }},
        Lie{"negative_index", "there is no tensor -2", [](auto& f) { op(f, 1).inputs[0] = -2; }},
        Lie{"absent_operand", "operand 0 is absent", [](auto& f) { op(f, 1).inputs[0] = -1; }},
        Lie{"output_index", "there is no tensor",
            [](auto& f) { f.subgraphs[0]->outputs[0] = 1 << 30; }},
        Lie{"operator_kind", "of no kind", [](auto& f) { op(f, 0).opcode_index = 77; }},
        Lie{"buffer", "there is no buffer", [](auto& f) { tensor(f, 0).buffer = 1000; }},
        Lie{"shape", "not one of a tensor",
            [](auto& f) {
              tensor(f, 0).shape = {1 << 20, 1 << 20, 1, 1};
            }},
        Lie{"negative_shape", "not one of a tensor", [](auto& f) { tensor(f, 0).shape[1] = -8; }},
        Lie{"other_shape", "not its padded operand", [](auto& f) { tensor(f, 0).shape[1] = 7; }},
        Lie{"constant_size", "bytes for the shape",
            [](auto& f) { tensor(f, static_cast<size_t>(op(f, 1).inputs[1])).shape[0] = 9; }},
        Lie{"scale", "-1 is not a scale",
            [](auto& f) { tensor(f, 0).quantization->scale[0] = -1; }},
        Lie{"no_scale", "needs one scale", [](auto& f) { tensor(f, 0).quantization.reset(); }},
        Lie{"zero_point", "zero point of -128 to 127",
            [](auto& f) { tensor(f, 0).quantization->zero_point[0] = 128; }},
        Lie{"no_options", "options are missing", [](auto& f) { op(f, 1).builtin_options.Reset(); }},
        Lie{"no_stride", "no stride",
            [](auto& f) { op(f, 1).builtin_options.AsConv2DOptions()->stride_h = 0; }},
        Lie{"dilation", "dilated",
            [](auto& f) { op(f, 1).builtin_options.AsConv2DOptions()->dilation_w_factor = 2; }},
        Lie{"activation", "fused activation 17",
            [](auto& f) {
              op(f, 1).builtin_options.AsConv2DOptions()->fused_activation_function =
                  static_cast<schema::ActivationFunctionType>(17);
            }},
        Lie{"order", "nothing has computed",
            [](auto& f) { std::swap(f.subgraphs[0]->operators[0], f.subgraphs[0]->operators[1]); }},
        Lie{"cycle", "nothing has computed",
            [](auto& f) { op(f, 1).inputs[0] = op(f, 1).outputs[0]; }},
        Lie{"written_twice", "its result is", [](auto& f) { op(f, 1).outputs = op(f, 0).outputs; }},
        Lie{"no_outputs", "no outputs", [](auto& f) { f.subgraphs[0]->outputs.clear(); }},
        Lie{"metadata_json", "metadata cannot be read",
            [](auto& f) { f.buffers[f.metadata[1]->buffer]->data = {'{'}; }}),
    [](const auto& info) { return info.param.name; });

TEST_P(LyingTflite, IsRefusedWithItsReason) {
  const Bytes honest = write(sample_model(
      "x = input i8 1x8x8x4 q=0.05,3; y = conv x out=8 window=3x3/2x2 bias=1 q=0.1,-5; output y"));
  EXPECT_EQ(complaint(changed(honest, [](auto&) {})), "read");
  EXPECT_THAT(complaint(changed(honest, GetParam().change)), HasSubstr(GetParam().complaint));
}

TEST(LyingTflite, CannotDescribeMuchWithLittle) {
  // one tensor, named by many offsets: 4 bytes of file each
  flatbuffers::FlatBufferBuilder builder;
  const auto name = builder.CreateString(std::string(60000, 'n'));
  const auto tensor = schema::CreateTensor(builder, 0, schema::TensorType::FLOAT32, 0, name);
  const std::vector<flatbuffers::Offset<schema::Tensor>> many(100000, tensor);
  const auto tensors = builder.CreateVector(many);
  const std::vector<flatbuffers::Offset<schema::SubGraph>> graphs = {
      schema::CreateSubGraph(builder, tensors)};
  const auto all_graphs = builder.CreateVector(graphs);
  const std::vector<flatbuffers::Offset<schema::Buffer>> buffers = {schema::CreateBuffer(builder)};
  const auto all_buffers = builder.CreateVector(buffers);
  schema::ModelBuilder model(builder);
  model.add_version(3);
  model.add_subgraphs(all_graphs);
  model.add_buffers(all_buffers);
  schema::FinishModelBuffer(builder, model.Finish());
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  EXPECT_THAT(complaint({bytes.begin(), bytes.end()}), HasSubstr("lie over each other"));
}

}  // namespace
}  // namespace nnstretch::tflite
