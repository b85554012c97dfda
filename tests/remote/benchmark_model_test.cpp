// The tool `benchmark_model`: what it is called with, and the lines that its builds print. The
// lines have the form that builds of it are known to print; their numbers are one run's.
#include "remote/benchmark_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <sstream>

#include "base/files.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::remote {
namespace {

using ::testing::ElementsAre;

const BenchmarkModel kTool{.program = "./benchmark_model", .model = "net.tflite"};

constexpr std::string_view kStock = R"(STARTING!
Log parameter values verbosely: [0]
Min num runs: [50]
Graph: [net.tflite]
#threads used for CPU inference: [4]
Loaded model net.tflite
INFO: Initialized TensorFlow Lite runtime.
The input model file size (MB): 4.27635
Initialized session in 3.501ms.
Running benchmark for at least 5 iterations and at least 0 seconds but terminate if exceeding 150 seconds.
count=5 first=156677 curr=33500 min=33400 max=156677 avg=43268.1 std=41000

Running benchmark for at least 50 iterations and at least 0 seconds but terminate if exceeding 150 seconds.
count=50 first=33228 curr=33130 min=32687 max=33239 avg=33071.8 std=129

Inference timings in us: Init: 3501, First inference: 156677, Warmup (avg): 43268.1, Inference (avg): 33071.8
Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE
Memory footprint delta from the start of the tool (MB): init=2.125 overall=10.5
)";

constexpr std::string_view kProfile = R"(Profiling Info for Benchmark Initialization:
============================== Summary by node type ==============================
Timings (microseconds): count=1 curr=3100
Memory (bytes): count=0
1 nodes observed

Operator-wise Profiling Info for Regular Benchmark Runs:
============================== Summary by node type ==============================
Timings (microseconds): count=50 first=26901 curr=26750 min=26674 max=27100 avg=26790.5 std=88
Memory (bytes): count=0
36 nodes observed

#Power (moving): 16.5105
)";

std::vector<std::string> lines_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

BenchmarkTimes parsed(std::string_view text, const Ended& ended = {}) {
  return parse_benchmark_output(lines_of(text), ended, kTool);
}

std::string with(std::string text, std::string_view old, std::string_view replacement) {
  const size_t at = text.find(old);
  EXPECT_NE(at, text.npos) << old;
  return text.replace(at, old.size(), replacement);
}

TEST(BenchmarkModel, OfStockTellsInferencesWarmUpAndMemory) {
  const BenchmarkTimes times = parsed(kStock);
  EXPECT_EQ(times.latency.count, 50u);
  EXPECT_EQ(times.latency.min, 32687);
  EXPECT_EQ(times.latency.mean, 33071.8);
  EXPECT_EQ(times.latency.std, 129);
  EXPECT_FALSE(times.of_operators);
  EXPECT_EQ(times.warmup.count, 5u);
  EXPECT_EQ(times.warmup.mean, 43268.1);
  EXPECT_EQ(times.memory_mb, 10.5);
  EXPECT_EQ(times.power_w, std::nullopt);
}

TEST(BenchmarkModel, WithAProfileTellsTheOperatorsAsPublishedTablesDo) {
  const BenchmarkTimes times = parsed(std::string(kStock) + std::string(kProfile));
  EXPECT_EQ(times.latency.min, 26674);
  EXPECT_EQ(times.latency.mean, 26790.5);
  EXPECT_EQ(times.latency.std, 88);
  EXPECT_TRUE(times.of_operators);
  EXPECT_EQ(times.warmup.min, 33400);
  EXPECT_EQ(times.power_w, 16.5105);
}

TEST(BenchmarkModel, IsReadWithWhatLogsPutBeforeItsLines) {
  for (const std::string before : {"INFO: ", "11-30 10:00:00.123  4711  4711 I tflite  : "}) {
    std::string text;
    for (const std::string& line : lines_of(std::string(kStock) + std::string(kProfile)))
      text += before + line + "\n";
    const BenchmarkTimes times = parsed(text);
    EXPECT_EQ(times.latency.min, 26674) << before;
    EXPECT_EQ(times.warmup.min, 33400) << before;
    EXPECT_EQ(times.memory_mb, 10.5) << before;
    EXPECT_EQ(times.power_w, 16.5105) << before;
  }
}

TEST(BenchmarkModel, MayTellMoreOrLessOfItsRuns) {
  const std::string later =
      with(std::string(kStock), "std=129", "std=129 p5=32700 median=33000 p95=33200");
  EXPECT_EQ(parsed(later).latency.std, 129);
  const std::string peak =
      with(std::string(kStock), "Memory footprint delta from the start of the tool",
           "Peak memory footprint");
  EXPECT_EQ(parsed(peak).memory_mb, 10.5);
  const BenchmarkTimes one = parsed("count=1 curr=156677\n\ncount=1 curr=33228\n");
  EXPECT_EQ(one.latency.min, 33228);
  EXPECT_EQ(one.latency.mean, 33228);
  EXPECT_EQ(one.latency.std, std::nullopt);
  EXPECT_EQ(one.memory_mb, std::nullopt);
  EXPECT_EQ(parsed("count=5 curr=9(all same)\ncount=50 curr=7(all same)\n").latency.min, 7);
}

// Stock builds go on upon the CPU then, print times of it, and end well.
TEST(BenchmarkModel, WithoutADelegateThatIsAskedForHasNoLatency) {
  for (const auto& [line, fix] :
       {std::pair("Could not create Hexagon delegate: platform may not support delegate or "
                  "required libraries are missing",
                  "libhexagon_nn_skel"),
        std::pair("ERROR: Failed to apply GPU delegate.", "the device or its driver"),
        std::pair("Unconsumed cmdline flags: --use_hexagon=true", "take a build")}) {
    EXPECT_ERROR(parsed(std::string(line) + "\n" + std::string(kStock)), EngineError, "net.tflite",
                 "`./benchmark_model` says", std::string_view(line).substr(7), fix)
        << line;
  }
  EXPECT_ERROR(parsed("STARTING!\nERROR: failed\nBenchmarking failed.\n", {.status = 1}),
               EngineError, "net.tflite", "'Benchmarking failed.'");
}

TEST(BenchmarkModel, ThatCrashesSaysHowAndWhere) {
  EXPECT_ERROR(parsed("STARTING!\nLoaded model net.tflite\n\n", {.signal = 11}), EngineError,
               "net.tflite", "`./benchmark_model` was ended by signal 11",
               "it last said 'Loaded model net.tflite'", "by hand");
  EXPECT_ERROR(parsed(kStock, {.status = 139}), EngineError, "ended with status 139");
  EXPECT_ERROR(parsed("", {.status = 126}), EngineError, "status 126", "it said nothing");
}

TEST(BenchmarkModel, HasNoLatencyInAnOutputThatIsCutOff) {
  const std::string_view runs = kStock.substr(0, kStock.find("std=129"));
  EXPECT_ERROR(parsed(runs), EngineError, "net.tflite", "no time that can be read", "cut off");
  const std::string_view warmup = kStock.substr(0, kStock.find("\n\nRunning"));
  EXPECT_ERROR(parsed(warmup), EngineError, "printed no latency", "it last said 'count=5",
               "cut off");
  EXPECT_ERROR(parsed(""), EngineError, "printed no latency");
  for (const auto& [old, bad] :
       {std::pair("count=50", "count=0"), std::pair("count=50", "count=x"),
        std::pair("min=32687", "min=-1"), std::pair("min=32687", "min=nan"),
        std::pair("min=32687", "min=99999"), std::pair("std=129", "std=12x")})
    EXPECT_ERROR(parsed(with(std::string(kStock), old, bad)), EngineError,
                 "no time that can be read")
        << bad;
  EXPECT_ERROR(parsed(with(std::string(kStock), "min=32687", "min=0")), EngineError,
               "measured 0 us");
}

TEST(BenchmarkModel, IsCalledAsPublishedStretchesWereMeasured) {
  BenchmarkModel tool{.program = "/data/local/tmp/benchmark_model",
                      .model = "/data/local/tmp/R-34-CDG.tflite",
                      .roles = {"cpu", "dsp", "gpu"},
                      .core_affinity = "f0"};
  EXPECT_THAT(words_of(tool),
              ElementsAre("taskset", "f0", "/data/local/tmp/benchmark_model",
                          "--graph=/data/local/tmp/R-34-CDG.tflite", "--num_threads=4",
                          "--warmup_runs=5", "--num_runs=50", "--warmup_min_secs=0", "--min_secs=0",
                          "--use_xnnpack=false", "--enable_op_profiling=true", "--use_hexagon=true",
                          "--hexagon_powersave_level=255", "--use_gpu=true",
                          "--max_delegated_partitions=100"));
  tool.roles = {"cpu"};
  tool.core_affinity = "";
  tool.num_runs = 7;
  const std::vector<std::string> words = words_of(tool);
  EXPECT_EQ(words[0], "/data/local/tmp/benchmark_model");
  EXPECT_THAT(words, ::testing::Contains("--num_runs=7"));
  EXPECT_THAT(words, ::testing::Each(::testing::Not(::testing::HasSubstr("--use_hexagon"))));
}

// As it runs on this machine: a script that prints what it was given in place of the tool.
TEST(BenchmarkModel, IsRunByWhoeverRunsWords) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path script = folder / "benchmark_model";
  const auto time_script = [&](std::string_view text) {
    write_atomic(script, "#!/bin/sh\n" + std::string(text));
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    BenchmarkModel tool = kTool;
    tool.program = script;
    return time_by(tool, [](const std::vector<std::string>& words, const Command::OnLine& on_line) {
      return Process({.words = words, .on_stdout = on_line, .on_stderr = on_line}).wait();
    });
  };
  const BenchmarkTimes times = time_script(
      "echo INFO: $1 $5 >&2\necho count=5 curr=9\necho count=50 first=7 curr=8 min=6 max=9 avg=7.5 "
      "std=1\n");
  EXPECT_EQ(times.latency.min, 6);
  EXPECT_EQ(times.warmup.min, 9);
  EXPECT_ERROR(time_script("echo count=5 curr=9; kill -SEGV $$"), EngineError, "net.tflite",
               "signal 11 (Segmentation fault)", "count=5 curr=9");
  EXPECT_ERROR(time_script("echo count=5 curr=9; echo $1; exit 3"), EngineError, "status 3",
               "it last said '--graph=net.tflite'");
}

}  // namespace
}  // namespace nnstretch::remote
