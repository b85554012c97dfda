// Quantising a whole configuration: the same bytes every time, images that are told apart, and
// networks of int8 and float blocks on every engine.
#include "pipeline/quantise.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "formats/tflite/writer.h"
#include "ir/stored_values.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "runtime/session.h"
#include "support/absent.h"
#include "support/here.h"
#include "support/parts.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

ir::Model tiny(const char* name) {
  return pipeline::float_model(
      config::load(testing::source_folder() / "configs/tiny" / (std::string(name) + ".yaml"), {}),
      {});
}

pipeline::CalibrationOptions photos() {
  pipeline::CalibrationOptions options;
  options.images = testing::source_folder() / "assets/photos";
  return options;
}

// Everything at once, so that every search is among what must not depend on chance.
pipeline::CalibrationOptions everything() {
  auto options = photos();
  options.observer.reset();
  options.bias_correction = options.equalise = true;
  options.mixed = {.most = 1, .least_gain_db = -100};
  return options;
}

TEST(Quantise, GivesTheSameBytesEveryTimeAndOnAnyNumberOfThreads) {
  const ir::Model model = tiny("TINY-EN-CG");
  const auto first =
      tflite::write(pipeline::quantise(model, everything(), testing::with_cores(1)).int8);
  EXPECT_TRUE(first ==
              tflite::write(pipeline::quantise(model, everything(), testing::with_cores(1)).int8))
      << "again";
  EXPECT_TRUE(first ==
              tflite::write(pipeline::quantise(model, everything(), testing::with_cores(2)).int8))
      << "on two threads";
}

TEST(HeldOut, AreNoneThatCalibrationSeesAndAllDifferent) {
  const ir::Model model = tiny("TINY-R-CDG");
  auto options = photos();
  options.count = 100;
  std::set<std::vector<float>> known;
  for (auto& image : pipeline::photographs(model.preprocess, options)) known.insert(image);
  const size_t photographs = known.size();
  EXPECT_GE(photographs, 8u);
  for (auto& image : pipeline::held_out(model.preprocess, options, 0, 80)) known.insert(image);
  EXPECT_EQ(known.size(), photographs + 80);
}

TEST(HeldOut, DoNotDependOnHowManyAreAskedFor) {
  const ir::Model model = tiny("TINY-R-CDG");
  const auto all = pipeline::held_out(model.preprocess, photos(), 0, 24);
  const auto some = pipeline::held_out(model.preprocess, photos(), 16, 8);
  for (size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i], all[16 + i]) << i;
}

// The engines round differently, so each is held against the float network.
class FloatBlocks : public ::testing::TestWithParam<std::string> {};

TEST_P(FloatBlocks, RunInParallelOnEveryEngine) {
  auto options = photos();
  options.float_blocks = {"s2_gpu_b1", "head_cpu"};
  const ir::Model model = tiny("TINY-EN-CG");
  const auto made = pipeline::quantise(model, options, testing::with_cores(1));
  if (const auto caution = testing::caution(GetParam(), made.int8.graph); !caution.empty())
    GTEST_SKIP() << caution;
  const auto images = pipeline::held_out(model.preprocess, options, 0, 16);
  const auto truth =
      quantize::logits(made.prepared, images, pipeline::float_runtime(testing::with_cores(1)));
  plan::Placing place;
  place.engine = GetParam();
  place.strict = true;
  runtime::Session session(
      runtime::compile(plan::plan_for(made.int8, place, testing::here()), testing::here()));
  const auto& in = session.plan().buffers.at(session.plan().inputs.at(0)).type;
  const auto& out = session.plan().buffers.at(session.plan().outputs.at(0)).type;
  std::vector<std::vector<float>> got;
  for (const auto& image : images) {
    std::vector<std::byte> bytes(out.bytes());
    session.run(ir::from_floats(image, in), bytes);
    got.push_back(ir::to_floats(bytes, out));
  }
  EXPECT_GE(quantize::compare(truth, got).median, 0.98);
}

INSTANTIATE_TEST_SUITE_P(Engines, FloatBlocks,
                         ::testing::ValuesIn(testing::in_build({"reference", "openvino",
                                                                "litert"})),
                         [](const auto& info) { return info.param; });

TEST(FloatBlocksOf, ANetworkThatHasThemNot) {
  auto options = photos();
  options.float_blocks = {"s9_cpu_b1"};
  EXPECT_THROW(pipeline::quantise(tiny("TINY-R-CDG"), options, testing::with_cores(1)), ShapeError);
}

}  // namespace
}  // namespace nnstretch
