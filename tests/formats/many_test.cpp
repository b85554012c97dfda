// Files of thousands of operators and tensors: the time to read them grows with their size, not
// with its square, and tensors may share a name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "formats/onnx/reader.h"
#include "formats/onnx/writer.h"
#include "formats/sample_model.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"
#include "schema_generated.h"
#include "support/cpu_time.h"

namespace nnstretch {
namespace {

using Bytes = std::vector<std::byte>;
using testing::growth;
using testing::kMostGrowth;
constexpr size_t kFew = 2500;  // and four times as many

// A chain of linear layers with weights of their own.
ir::Model chain(size_t length) {
  std::string text = "v0 = input f32 1x2";
  for (size_t i = 1; i <= length; ++i) text += fmt::format("\nv{} = linear v{} out=2", i, i - 1);
  return testing::sample_model(text + fmt::format("\noutput v{}", length));
}

// As a foreign program writes it, all tensors under one name.
Bytes under_one_name(const Bytes& bytes) {
  tflite::schema::ModelT model;
  tflite::schema::GetModel(bytes.data())->UnPackTo(&model);
  model.metadata.clear();
  for (auto& tensor : model.subgraphs[0]->tensors) tensor->name = "same";
  flatbuffers::FlatBufferBuilder builder;
  tflite::schema::FinishModelBuffer(builder, tflite::schema::Model::Pack(builder, &model));
  const auto out = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {out.begin(), out.end()};
}

TEST(ManyOperators, TakeTheirTimeToReadAndNoMore) {
  EXPECT_LT(growth(
                kFew, [](size_t n) { return tflite::write(chain(n)); },
                [](const Bytes& bytes) { tflite::read(bytes, "many.tflite"); }),
            kMostGrowth);
  EXPECT_LT(growth(
                kFew, [](size_t n) { return under_one_name(tflite::write(chain(n))); },
                [](const Bytes& bytes) { tflite::read(bytes, "many.tflite"); }),
            kMostGrowth);
  EXPECT_LT(growth(
                kFew, [](size_t n) { return onnx::write(chain(n)); },
                [](const Bytes& bytes) { onnx::read(bytes, "many.onnx"); }),
            kMostGrowth);
}

TEST(ManyOperators, TakeTheirTimeToWriteAndNoMore) {
  EXPECT_LT(growth(kFew, chain, [](const ir::Model& model) { tflite::write(model); }), kMostGrowth);
  EXPECT_LT(growth(kFew, chain, [](const ir::Model& model) { onnx::write(model); }), kMostGrowth);
}

TEST(SharedNames, GiveTheSameNetwork) {
  const ir::Model before = chain(300);
  const ir::Model after = tflite::read(under_one_name(tflite::write(before)), "same.tflite");
  ASSERT_EQ(after.graph.size(), before.graph.size());
  for (ir::NodeId id = 1; id < before.graph.size(); ++id)
    EXPECT_EQ(*after.weights.at(after.graph.node(id).weights[0]).bytes,
              *before.weights.at(before.graph.node(id).weights[0]).bytes)
        << id;
}

}  // namespace
}  // namespace nnstretch
