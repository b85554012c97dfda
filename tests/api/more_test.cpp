// What the public interface does beside running: quantising, writing, measuring, telling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engines/reference/evaluate.h"
#include "ir/passes/to_float.h"
#include "nnstretch/nnstretch.h"
#include "pipeline/network.h"
#include "pipeline/quantise.h"
#include "report/result_json.h"
#include "support/errors.h"
#include "support/here.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

const std::filesystem::path kConfig = testing::source_folder() / "configs/tiny/TINY-RX-CD.yaml";
const CompileOptions kReference = {.engine = "reference", .plan = PlanKind::parts};

const Model& in_float() {
  static const Model model = Model::build(kConfig, {.int8 = false});
  return model;
}

TEST(Model, IsQuantisedAndWrittenAsTheCommandDoesIt) {
  const testing::TemporaryFolder folder;
  QuantiseOptions options{.observer = Observer::mse, .bias_correction = true, .equalise = true};
  in_float().quantised(options).write(folder / "api.tflite");
  const auto made = pipeline::quantise(
      pipeline::float_model(config::load(kConfig), {}),
      {.observer = quantize::Observer::mse, .bias_correction = true, .equalise = true},
      testing::here());
  pipeline::write_network(folder / "pipeline.tflite", made.int8);
  EXPECT_EQ(read_bytes(folder / "api.tflite"), read_bytes(folder / "pipeline.tflite"));
  const Model back = Model::read(folder / "api.tflite");
  EXPECT_EQ(back.inputs()[0].type, ElementType::int8);
  EXPECT_ERROR(back.quantised(), Error, "");  // it is int8 already
  EXPECT_ERROR(back.write(folder / "api.h5"), UsageError, "api.h5", ".tflite or .onnx");
  EXPECT_FALSE(std::filesystem::exists(folder / "api.h5"));
  EXPECT_ERROR(in_float().quantised({.percentile = 20}), UsageError, "`percentile`");
  EXPECT_ERROR(in_float().quantised({.mixed_precision = -1}), UsageError, "`mixed_precision`");
  EXPECT_ERROR(in_float().quantised({.float_blocks = {"s9"}}), ShapeError, "s9");
}

TEST(Network, ComputesInFloatIfItIsTold) {
  const Model int8 = in_float().quantised();
  CompileOptions options = kReference;
  options.arithmetic = Precision::f32;
  const Network in_int8(int8, kReference), as_float(int8, options);
  EXPECT_NE(in_int8.hash(), as_float.hash());
  const testing::TemporaryFolder folder;
  int8.write(folder / "net.tflite");
  const ir::Model real = ir::to_float(pipeline::read_network(folder / "net.tflite"));
  const std::vector<std::vector<std::byte>> input = {
      int8.prepare(testing::source_folder() / "assets/photos/cat.jpg")};
  Session session(as_float);
  std::vector<std::byte> answer(session.output().size());
  session.run(input[0], answer);
  const auto expected = engines::evaluate(real, input)[0];
  ASSERT_EQ(answer.size(), expected.size());
  for (size_t i = 0; i < answer.size() / 4; ++i) {  // parts add up in another order
    float got = 0, wanted = 0;
    std::memcpy(&got, &answer[i * 4], 4);
    std::memcpy(&wanted, &expected[i * 4], 4);
    EXPECT_NEAR(got, wanted, 1e-5F * std::max(1.F, std::abs(wanted)));
  }
  EXPECT_ERROR(Network(in_float(), {.arithmetic = Precision::int8}), UsageError, "`arithmetic`",
               "a network in float");
  EXPECT_ERROR(Network(int8, {.machine = "m.yaml", .arithmetic = Precision::f32}), UsageError,
               "m.yaml", "`arithmetic`");
}

TEST(Network, RunsThePartsOrTheWholeAsItIsTold) {
  CompileOptions whole = kReference, best = kReference;
  whole.plan = PlanKind::whole, best.plan = PlanKind::best;
  EXPECT_GT(Network(in_float(), kReference).parts().size(), 1u);
  EXPECT_EQ(Network(in_float(), whole).parts().size(), 1u);
  // Whatever is the fastest: in int8 each plan gives the reference kernels' bytes.
  const Model int8 = in_float().quantised();
  const auto answer = [&](const CompileOptions& options) {
    const Network network(int8, options);
    Session session(network);
    std::vector<std::byte> bytes(session.output().size());
    session.run(int8.prepare(testing::source_folder() / "assets/photos/cat.jpg"), bytes);
    return bytes;
  };
  const auto expected = answer(kReference);
  EXPECT_EQ(answer(whole), expected);
  EXPECT_EQ(answer(best), expected);
  best.measure = false;
  EXPECT_EQ(answer(best), expected);
}

TEST(Bench, GivesTheValueThatTheCommandWrites) {
  const BenchResult result = bench(in_float(), kReference, {.num_runs = 5, .warmup_runs = 1});
  EXPECT_EQ(result.runs_us.size(), 5u);
  EXPECT_EQ(result.latency_us.min, *std::min_element(result.runs_us.begin(), result.runs_us.end()));
  EXPECT_TRUE(result.bound_us && result.whole_us);
  const auto json = parse_json<Json>(result.json, "json");
  const auto written = report::result_from_json(json, "json").runs_us;
  ASSERT_EQ(written.size(), result.runs_us.size());
  for (size_t i = 0; i < written.size(); ++i)  // to the nanosecond
    EXPECT_NEAR(written[i], result.runs_us[i], 0.0005001);
  EXPECT_EQ(result.plan_hash, Network(in_float(), kReference).hash());
  EXPECT_FALSE(bench(in_float(), kReference, {.num_runs = 1, .latency_only = true}).bound_us);
  EXPECT_ERROR(bench(in_float(), kReference, {.num_runs = 0}), UsageError, "`num_runs`");
}

TEST(Devices, AreThoseOfAllEngines) {
  bool reference = false;
  for (const Device& device : devices()) {
    EXPECT_EQ(device.usable, device.why_not.empty()) << device.engine << " " << device.name;
    reference |= device.engine == "reference" && device.name == "cpu" && device.usable;
  }
  EXPECT_TRUE(reference);
  EXPECT_ERROR(look_for_engines_in("elsewhere"), UsageError, "elsewhere", "in use already");
}

TEST(Log, GoesWhereItIsSentAndNowhereElse) {
  const testing::TemporaryFolder folder;
  std::vector<std::string> lines;
  log_to([&](Severity severity, std::string_view line) {
    lines.push_back((severity == Severity::warning ? "W " : "I ") + std::string(line));
  });
  write_atomic(folder / "cfg/none.txt", std::string_view("no picture"));
  std::filesystem::copy(testing::source_folder() / "assets/photos/cat.jpg", folder / "cfg");
  ::testing::internal::CaptureStderr();
  (void)in_float().quantised({.calibration = folder / "cfg"});
  log_to(nullptr);
  const size_t count = lines.size();
  (void)in_float().quantised({.calibration = folder / "cfg"});
  EXPECT_EQ(::testing::internal::GetCapturedStderr().find("note"), std::string::npos);
  ASSERT_GE(count, 1u);
  EXPECT_THAT(lines, ::testing::Contains(::testing::HasSubstr("none.txt")));
  EXPECT_EQ(lines.size(), count);
}

}  // namespace
}  // namespace nnstretch
