// What a row is made from, and why it is made again.
#include "pipeline/row_inputs.h"

#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "support/here.h"
#include "support/paths.h"

namespace nnstretch::pipeline {
namespace {

TEST(NamedInputs, TellTheFirstThatDiffers) {
  const NamedInputs now{{{"cpu", "a"}, {"engines", "openvino 2026.5"}, {"runs", "50"}}};
  EXPECT_EQ(now.difference_to({}), "");
  EXPECT_EQ(now.difference_to(now.named), "");
  auto before = now.named;
  before["engines"] = "openvino 2026.4.1";
  EXPECT_EQ(now.difference_to(before), "engines: openvino 2026.4.1 -> openvino 2026.5");
  before = now.named;
  before.erase("cpu");
  EXPECT_EQ(now.difference_to(before), "cpu: a");
  before = now.named;
  before["trace"] = "folder";
  EXPECT_EQ(now.difference_to(before), "trace: no more folder");
}

// Each thing that a row depends on makes another key, and only the row's own leaves the model's.
TEST(RowInputs, HaveAnotherKeyWhateverIsChanged) {
  const testing::TemporaryFolder folder;
  const auto cfg = testing::source_folder() / "configs/tiny/TINY-RX-CD.yaml";
  write_atomic(folder / "machine.yaml", "processors: [{name: a, role: cpu}]");
  write_atomic(folder / "picture.png", "any bytes");
  RunOptions plain;
  plain.calibration.images = testing::source_folder() / "assets/photos";
  const auto config = config::load(cfg, {});
  const auto of = [&](auto change) {
    RunOptions options = plain;
    change(options);
    return inputs_of(cfg, config, options, testing::here());
  };
  const auto unchanged = of([](auto&) {});
  std::set<std::string> rows = {unchanged.row.key()};
  const auto is_new = [&](const char* what, auto change, bool model) {
    const auto inputs = of(change);
    EXPECT_TRUE(rows.insert(inputs.row.key()).second) << what;
    EXPECT_EQ(inputs.model.key() != unchanged.model.key(), model) << what;
  };
  is_new(
      "overrides",
      [](auto& o) {
        o.overrides = {"A", "1 B 2"};
      },
      true);
  is_new(
      "other overrides",
      [](auto& o) {
        o.overrides = {"A", "1", "B", "2"};
      },
      true);
  is_new(
      "overrides with commas",
      [](auto& o) {
        o.overrides = {"A,1", "B"};
      },
      true);
  is_new(
      "the same without",
      [](auto& o) {
        o.overrides = {"A", "1,B"};
      },
      true);
  is_new(
      "size", [](auto& o) { o.network.im_size = 48; }, true);
  is_new(
      "observer", [](auto& o) { o.calibration.observer = quantize::Observer::mse; }, true);
  is_new(
      "weights", [&](auto& o) { o.network.weights = folder / "picture.png"; }, true);
  is_new(
      "runs", [](auto& o) { o.bench.num_runs = 7; }, false);
  is_new(
      "warm-up", [](auto& o) { o.bench.warmup_runs = 1; }, false);
  is_new(
      "order", [](auto& o) { o.bench.sequential = true; }, false);
  is_new(
      "engine", [](auto& o) { o.bench.placing.engine = "reference"; }, false);
  is_new(
      "machine", [&](auto& o) { o.bench.placing.machine = folder / "machine.yaml"; }, false);
  is_new(
      "trace", [&](auto& o) { o.trace_folder = folder / "t"; }, false);
  is_new(
      "input", [&](auto& o) { o.input_image = folder / "picture.png"; }, false);
  is_new(
      "another machine",
      [](auto& o) {
        o.elsewhere = {{"device", "adb A"}};
      },
      false);
  is_new(
      "a third machine",
      [](auto& o) {
        o.elsewhere = {{"device", "adb B"}};
      },
      false);
  // What this one has is nothing to a row of another.
  const auto there = of([](auto& o) { o.elsewhere = {{"device", "adb A"}}; }).row.named;
  for (const char* own : {"cores", "cpu", "engines"}) {
    EXPECT_FALSE(there.contains(own)) << own;
    EXPECT_TRUE(unchanged.row.named.contains(own)) << own;
  }
}

}  // namespace
}  // namespace nnstretch::pipeline
