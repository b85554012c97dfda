// The main job: what it checks before it changes anything, which row stays, whose accuracy it
// takes.
#include "pipeline/run.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/result_table.h"
#include "pipeline/run_one.h"
#include "support/here.h"
#include "support/paths.h"

namespace nnstretch::pipeline {
namespace {

RunSummary run(RunOptions options) {
  options.one = [&](const auto& one, const auto& say) {
    return run_one(one, options, testing::here(), say);
  };
  return pipeline::run(options, testing::here());
}

RunOptions quick(const std::filesystem::path& folder) {
  RunOptions options;
  options.configs = {testing::source_folder() / "configs/tiny/TINY-RX-CD.yaml"};
  options.output_csv = folder / "result.csv";
  options.model_folder = folder;
  options.bench.placing.engine = "reference";
  options.bench.num_runs = 1;
  options.bench.warmup_runs = 0;
  options.calibration.count = 2;
  options.timed = [](const remote::BenchJob& job, const auto& on_step) {
    return measure::bench(pipeline::read_network(job.model), job.options, testing::here(), on_step);
  };
  return options;
}

Json record_of(const std::filesystem::path& folder) {
  return Json::parse(read_text(folder / "result.json")).at("configs").begin().value();
}

// As an earlier run would have left it; no network was run for it.
void finished_table(const RunOptions& options) {
  ResultTable(options.output_csv).put(options.configs[0], "earlier", 12.5, 0, {{"n", 7}});
}

TEST(Run, AWrongArgumentLeavesBothTablesAsTheyWere) {
  const testing::TemporaryFolder folder;
  const RunOptions right = quick(folder.path());
  finished_table(right);
  std::filesystem::create_directory(folder / "empty");
  write_atomic(folder / "noise", std::string_view("neither picture nor weights nor a machine"));
  const std::string csv = read_text(right.output_csv), json = read_text(folder / "result.json");
  const auto refused = [&](const char* what, auto change, bool content = false) {
    RunOptions options = right;
    change(options);
    try {
      run(options);
      ADD_FAILURE() << what << " was taken";
    } catch (const UsageError& error) {
      EXPECT_FALSE(content) << what << ": " << error.what();
    } catch (const Error& error) {
      EXPECT_TRUE(content) << what << ": " << error.what();
    }
    EXPECT_EQ(read_text(right.output_csv), csv) << what;
    EXPECT_EQ(read_text(folder / "result.json"), json) << what;
    EXPECT_FALSE(std::filesystem::exists(folder / "new")) << what;
  };
  const auto path = [&](const char* name) { return folder / name; };
  refused("weights", [&](auto& o) { o.network.weights = path("nowhere"); });
  refused("machine", [&](auto& o) { o.bench.placing.machine = path("nowhere"); });
  refused("picture", [&](auto& o) { o.input_image = path("nowhere"); });
  refused("calibration", [&](auto& o) { o.calibration.images = path("nowhere"); });
  refused("no picture", [&](auto& o) { o.calibration.images = path("empty"); });
  refused("configuration", [&](auto& o) { o.configs.push_back(path("nowhere")); });
  refused("engine", [&](auto& o) { o.bench.placing.engine = "tensorrt"; });
  refused("mask", [&](auto& o) { o.bench.placing.core_affinity = "zz"; });
  refused("threads", [&](auto& o) { o.bench.placing.num_threads = 9999; });
  refused("processor", [&](auto& o) { o.bench.placing.without = {"nobody"}; });
  refused("block", [&](auto& o) { o.calibration.float_blocks = {"nothing"}; });
  refused("made-up weights", [&](auto& o) { o.real_weights_only = true; });
  refused("key", [&](auto& o) { o.overrides = {"ANYNET.STEM_WW", "8"}; });
  refused("value", [&](auto& o) { o.overrides = {"ANYNET.STEM_W", "wide"}; });
  refused("trace", [&](auto& o) { o.trace_folder = "/proc/x", o.model_folder = path("new"); });
  refused("models", [&](auto& o) { o.model_folder = path("noise") / "x"; });
  refused("table", [&](auto& o) { o.output_csv = path("empty"); });
  refused("its name", [&](auto& o) { o.output_csv = path("other.json"); });
  refused(
      "no weights", [&](auto& o) { o.network.weights = path("noise"); }, true);
  refused(
      "no machine", [&](auto& o) { o.bench.placing = {.machine = path("noise")}; }, true);
  refused("machine and engine", [&](auto& o) { o.bench.placing.machine = path("noise"); });
  refused(
      "no picture in it", [&](auto& o) { o.input_image = path("noise"); }, true);
}

TEST(Run, ARowStaysUntilItsSuccessorIsKnown) {
  const testing::TemporaryFolder folder;
  RunOptions options = quick(folder.path());
  finished_table(options);
  const std::string earlier = read_text(options.output_csv);
  options.accuracy_of_what = "pictures";
  options.accuracy = [&](const auto&, const auto&) -> report::Score {  // the last of the work
    EXPECT_EQ(read_text(options.output_csv), earlier);
    throw EngineError({.what = "the pictures are gone"});
  };
  EXPECT_EQ(run(options).failures.size(), 1u);
  EXPECT_EQ(read_text(options.output_csv), "cfg,latency,energy\n");
  const std::string old = read_text(options.output_csv.string() + ".old");
  EXPECT_NE(old.find(",12.5,0.0,the pictures are gone,"), std::string::npos) << old;
  EXPECT_NE(read_text(folder / "result.json.old").find("\"n\":7"), std::string::npos);
}

TEST(Run, AnArgumentThatFitsOneConfigurationIsNotWrong) {
  const testing::TemporaryFolder folder;
  RunOptions options = quick(folder.path());
  write_atomic(folder / "broken.yaml", std::string_view("MODEL: 5\n"));
  options.configs.insert(options.configs.begin(), folder / "broken.yaml");
  options.calibration.float_blocks = {"head_cpu"};
  const RunSummary summary = run(options);
  EXPECT_EQ(summary.done, 1u);
  EXPECT_EQ(summary.failures.size(), 1u);
}

TEST(Run, TwoFilesOfOneNameHaveTheirOwnRowsModelsAndTraces) {
  const testing::TemporaryFolder folder;
  RunOptions options = quick(folder.path());
  const std::string text = read_text(options.configs[0]);
  for (const char* name : {"a/net.yaml", "b/net.yaml"}) write_atomic(folder / name, text);
  options.configs = {folder / "a", folder / "b"};
  options.trace_folder = folder / "traces";
  std::set<std::string> models, traces;
  options.timed = [&traces, timed = options.timed](const auto& job, const auto& on_step) {
    traces.insert(job.trace);
    return timed(job, on_step);
  };
  EXPECT_EQ(run(options).done, 2u);
  const Json table = Json::parse(read_text(folder / "result.json"));
  for (const auto& [name, record] : table.at("configs").items()) models.insert(record.at("model"));
  EXPECT_EQ(models.size(), 2u);
  EXPECT_EQ(traces.size(), 2u);
  options.configs = {folder / "a/../b/net.yaml", folder / "a"};
  EXPECT_EQ(run(options).skipped, 2u);
}

TEST(Run, TakesTheAccuracyOfTheVeryPlanThatWasTimedAndNoOther) {
  const testing::TemporaryFolder folder;
  RunOptions options = quick(folder.path());
  ASSERT_EQ(run(options).done, 1u);
  const std::string hash = record_of(folder.path()).at("plan_hash");
  std::string tested = hash;
  options.force = true;
  options.accuracy_of_what = "pictures";
  options.accuracy = [&](const auto&, const auto&) {
    return report::Score{.top1_err = 25.0, .remarks = measure::Remarks{.plan_hash = tested}};
  };
  EXPECT_TRUE(run(options).failures.empty());
  EXPECT_EQ(record_of(folder.path()).at("accuracy").at("top1_err"), 25.0);
  tested = "another";
  const RunSummary failed = run(options);
  ASSERT_EQ(failed.failures.size(), 1u);
  EXPECT_NE(failed.failures[0].message.find("plan another tested"), std::string::npos)
      << failed.failures[0].message;
  EXPECT_EQ(read_text(options.output_csv).find("TINY-RX-CD"), std::string::npos);
}

}  // namespace
}  // namespace nnstretch::pipeline
