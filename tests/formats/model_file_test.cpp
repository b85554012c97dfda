// What every model format keeps, through files.
#include "formats/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "ir/text.h"
#include "support/errors.h"
#include "support/networks.h"
#include "support/samples.h"

namespace nnstretch {
namespace {

class ModelFile : public ::testing::TestWithParam<const char*> {
 protected:
  std::filesystem::path path() const { return folder_ / (std::string("R-34-CD") + GetParam()); }
  testing::TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Formats, ModelFile, ::testing::Values(".tflite", ".onnx"),
                         [](const auto& info) { return testing::test_name(info.param); });

ir::Model sample() {
  testing::Random random(testing::base_seed());
  ir::Model model = testing::random_model(
      "x = input i8 1x8x8x4 q=0.05,3 @0.0.cpu\n"
      "a = conv x out=4 window=3x3/2x2 q=0.1,-5 @1.0.cpu\n"
      "b = conv x out=4 window=3x3/2x2 q=0.1,-5 @1.1.dsp\nc = concat a b axis=3 @1.-1.cpu\n"
      "d = shuffle c groups=2 @2.0.gpu\noutput d",
      random);
  model.name = "R-34-CD";
  model.preprocess = {.resize = 342,
                      .crop = 300,
                      .mean = {0.1f, 0.2f, 0.3f},
                      .std = {0.4f, 1e-3f, 7},
                      .colour = image::Colour::rgb};
  return model;
}

TEST_P(ModelFile, KeepsGraphWeightsPlacesNameAndPreprocessing) {
  const ir::Model model = sample();
  const formats::Beside beside{.labels = {"cat", "Katze \xc3\xbc", "\"\\", ""}};
  write_model(path(), model, beside);
  formats::Beside told;
  const ir::Model back = read_model(path(), &told);
  EXPECT_EQ(ir::print(back.graph), ir::print(model.graph));
  EXPECT_EQ(ir::content_hash(back.graph, back.weights),
            ir::content_hash(model.graph, model.weights));
  EXPECT_EQ(back.name, model.name);
  EXPECT_EQ(back.preprocess, model.preprocess);
  EXPECT_FALSE(told.preprocess_assumed);
  EXPECT_EQ(told.labels, beside.labels);
  EXPECT_THAT(back.notes, ::testing::IsEmpty());
}

TEST_P(ModelFile, KeepsThatThePreprocessingIsAssumed) {
  const ir::Model model = sample();
  write_model(path(), model, {.preprocess_assumed = true});
  formats::Beside told;
  const ir::Model back = read_model(path(), &told);
  EXPECT_TRUE(told.preprocess_assumed);
  EXPECT_EQ(back.preprocess, model.preprocess);
  EXPECT_THAT(back.notes, ::testing::ElementsAre(::testing::HasSubstr("assumed")));
}

TEST_P(ModelFile, NamesItselfWhenItIsDamaged) {
  write_model(path(), sample());
  auto bytes = read_bytes(path());
  bytes.resize(bytes.size() / 2);
  write_atomic(path(), bytes);
  try {
    read_model(path());
    FAIL() << "read";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.message().where, ::testing::StartsWith(path().string()));
  }
}

TEST(ModelFileName, OfAnotherKindIsRefused) {
  EXPECT_ERROR(read_model("net.pb"), FormatError, "net.pb", "use a .tflite or .onnx file");
  EXPECT_FALSE(is_model_file("net.pb"));
}

}  // namespace
}  // namespace nnstretch
