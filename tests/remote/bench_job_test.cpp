// A job that another process does: its words, what it says, and how it ends. The other is a script
// that plays the program; tests/e2e/run_child.sh has the real one.
#include "remote/bench_job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "remote/rows.h"
#include "remote/steps.h"
#include "report/result_json.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::remote {
namespace {

namespace fs = std::filesystem;

const ir::TensorType kInput{DType::i8, {1, 2, 2, 1}, ir::Quant{0.1F, 0}};
const ir::TensorType kOutput{DType::i8, {1, 3}, ir::Quant{0.1F, 0}};

class BenchJobTest : public ::testing::Test {
 protected:
  // What the script does after it has put aside its words and its inputs.
  fs::path program(const std::string& does) {
    const fs::path file = folder_ / "program";
    std::ofstream(file)
        << "#!/bin/sh\n"
           "cd '"
        << folder_.path().string()
        << "'\n"
           "printf '%s\\n' \"$@\" >words\n"
           "cat >seen.npy\n"
           "while test $# -gt 0; do\n"
           "  case $1 in --logits) logits=$2 ;; --logits=*) logits=${1#*=} ;; esac\n"
           "  shift\n"
           "done\n"
        << does << "\n";
    fs::permissions(file, fs::perms::owner_all);
    return file;
  }
  BenchJob job() {
    BenchJob job{
        .model = folder_ / "net.tflite", .options = {}, .input = kInput, .output = kOutput};
    for (const int value : {1, 2})
      job.options.inputs.emplace_back(4, static_cast<std::byte>(value));
    return job;
  }
  measure::Timed run(const std::string& does) {
    return bench_in_child(job(), program(does),
                          [&](const std::string& step) { steps_.push_back(step); });
  }
  testing::TemporaryFolder folder_;
  std::vector<std::string> steps_;
};

TEST_F(BenchJobTest, GivesTheResultAndTheAnswersAndLeavesNothing) {
  measure::Result result;
  result.model = "net.tflite";
  result.runs_us = {3, 1, 2};
  result.latency = measure::summarise(result.runs_us);
  write_atomic(folder_ / "result", json_text(report::to_json(result)));
  const Rows answers = {std::vector<std::byte>(3, std::byte{5}),
                        std::vector<std::byte>(3, std::byte{6})};
  write_npy(folder_ / "answers", stacked(answers, kOutput));
  const auto timed =
      run("printf %s \"$logits\" >logits\ncp answers $logits\necho 'step: timing' >&2\ncat result");
  EXPECT_EQ(timed.result.runs_us, result.runs_us);
  EXPECT_EQ(timed.answers, answers);
  EXPECT_EQ(steps_, std::vector<std::string>{"timing"});
  EXPECT_EQ(rows_of(read_npy(folder_ / "seen.npy"), kInput, ""), job().options.inputs);
  EXPECT_FALSE(fs::exists(fs::path(read_text(folder_ / "logits")).parent_path()));
  EXPECT_NE(read_text(folder_ / "words").find("--inputs=/dev/stdin\n"), std::string::npos);
}

TEST_F(BenchJobTest, SaysHowLongToWaitForAFreeMachine) {
  const auto has = [](const BenchJob& job) {
    const auto words = words_of(job, {});
    return std::count(words.begin(), words.end(), "--wait_quiet=30");
  };
  BenchJob one = job();
  EXPECT_EQ(has(one), 0);
  one.options.wait_quiet_s = 30;
  EXPECT_EQ(has(one), 1);
}

TEST_F(BenchJobTest, SaysWhatItsEnergyIsReadFromAndHowHeatIsTreated) {
  BenchJob one = job();
  const auto usual = words_of(one, {});
  one.options.cool_down = measure::CoolDown{.degrees_c = 40, .seconds = 120};
  one.options.governor = "performance";
  one.options.energy = {.source = "hwmon:VDD_IN", .seconds = 2.5};
  one.options.sustained_s = 20;
  auto words = words_of(one, {});
  std::erase_if(words,
                [&](const std::string& word) { return std::ranges::count(usual, word) > 0; });
  EXPECT_EQ(words, (std::vector<std::string>{"--energy=hwmon:VDD_IN", "--energy_seconds=2.5",
                                             "--cool_down=40C,120s", "--governor=performance",
                                             "--sustained=20"}));
}

TEST_F(BenchJobTest, NamesTheEngineAndThePartThatEndedIt) {
  EXPECT_ERROR(run("echo 'step: compiling part s2.cpu by litert' >&2; kill -ABRT $$"), EngineError,
               "net.tflite: litert: died in compiling part s2.cpu (signal 6)", "`engine`");
  EXPECT_ERROR(run("echo 'step: timing' >&2; kill -KILL $$"), EngineError,
               "died in timing (signal 9)", "it was ended from outside", "if memory ran out");
  EXPECT_ERROR(run("kill -TERM $$"), EngineError, "(signal 15)", "from outside: run it again");
  EXPECT_ERROR(run("kill -SEGV $$"), EngineError, "died before it began (signal 11)");
}

TEST_F(BenchJobTest, PassesOnTheOthersMessage) {
  EXPECT_ERROR(run("echo 'nnstretch: part s1.cpu: it is too large: make it small' >&2; exit 1"),
               EngineError, "part s1.cpu: it is too large: make it small");
  EXPECT_ERROR(run("exit 3"), EngineError,
               "net.tflite: the process at work on it ended with status 3");
}

TEST_F(BenchJobTest, RefusesWhatIsNoResultOrOfAnotherNetwork) {
  EXPECT_ERROR(run("echo '{'"), FormatError, "the result of timing ", "net.tflite: no JSON");
  EXPECT_ERROR(run("true"), FormatError, "no JSON");
  measure::Result result;
  result.runs_us = {1};
  result.latency = measure::summarise(result.runs_us);
  write_atomic(folder_ / "result", json_text(report::to_json(result)));
  EXPECT_ERROR(run("cp seen.npy $logits; cat result"), ShapeError, "logits.npy");
  EXPECT_ERROR(run("cat result"), IoError, "logits.npy");
  write_npy(folder_ / "one", stacked({std::vector<std::byte>(3)}, kOutput));
  EXPECT_ERROR(run("cp one $logits; cat result"), ShapeError, "1 answers to 2 inputs");
}

// The script counts its starts: the second is the fastest.
TEST_F(BenchJobTest, RestartsAreProcessesOfTheirOwn) {
  for (const auto& [name, us] : {std::pair{"1", 5.0}, {"2", 3.0}, {"3", 4.0}}) {
    measure::Result result;
    result.runs_us = {us, us + 1};
    result.latency = measure::summarise(result.runs_us);
    write_atomic(folder_ / (std::string("result") + name), json_text(report::to_json(result)));
  }
  BenchJob one = job();
  one.options.inputs.clear();
  const auto by = [&](const std::string& does) {
    return [file = program(does)](const BenchJob& job, const OnStep& say) {
      return bench_in_child(job, file, say);
    };
  };
  const auto timed = bench_restarted(
      one, 3, by("echo start >>starts; echo 'step: timing' >&2; cat result$(grep -c start starts)"),
      [&](const std::string& step) { steps_.push_back(step); });
  EXPECT_EQ(timed.result.restarts, (std::vector<std::vector<double>>{{5, 6}, {3, 4}, {4, 5}}));
  EXPECT_EQ(timed.result.latency.min, 3);
  EXPECT_EQ(steps_, (std::vector<std::string>{"restart 1 of 3, timing", "restart 2 of 3, timing",
                                              "restart 3 of 3, timing"}));
  EXPECT_EQ(read_text(folder_ / "words").find("restarts"), std::string::npos);
  EXPECT_ERROR(bench_restarted(one, 2, by("exit 3"), {}), EngineError, "status 3");
  one.trace = "trace.json";
  EXPECT_ERROR(bench_restarted(one, 2, by("true"), {}), UsageError, "`restarts`");
}

TEST(Rows, ComeBackAsTheyWereAndFitNoOtherValue) {
  const Rows rows = {std::vector<std::byte>(4, std::byte{1}), std::vector<std::byte>(4)};
  const NpyArray array = stacked(rows, kInput);
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 2, 2, 1}));
  EXPECT_EQ(rows_of(array, kInput, ""), rows);
  EXPECT_ERROR(rows_of(array, kOutput, "a.npy"), ShapeError, "a.npy: it holds i8 of 2x2x2x1",
               "rows of 3");
  EXPECT_THROW(rows_of(array, {DType::u8, kInput.shape, {}}, ""), ShapeError);
  EXPECT_EQ(stacked({}, kInput).shape[0], 0);
  const ir::TensorType several{DType::i8, {2, 3}, {}};
  EXPECT_EQ(stacked({std::vector<std::byte>(6)}, several).shape, (std::vector<int64_t>{1, 2, 3}));
}

TEST(Steps, AreToldFromOtherLines) {
  EXPECT_EQ(step_in("step: timing"), "timing");
  EXPECT_EQ(step_in("note: step: no"), std::nullopt);
  EXPECT_EQ(died_in("compiling part a by b by litert", 6),
            "litert: died in compiling part a by b (signal 6)");
}

}  // namespace
}  // namespace nnstretch::remote
