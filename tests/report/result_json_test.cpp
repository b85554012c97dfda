// Results written as JSON, read, and written again.
#include "report/result_json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "report/comparison.h"
#include "report/doubts.h"
#include "report/fields.h"
#include "report/inference.h"
#include "report/quantisation.h"
#include "report/record.h"
#include "report/result_page.h"
#include "report/scores.h"
#include "support/samples.h"

namespace nnstretch::report {
namespace {

using testing::Random;

// Any numbers, also such that no short decimal fraction stands for.
double number(Random& random) { return std::ldexp(random.real(1, 2), random.integer(-7, 30)) / 3; }

std::vector<double> numbers(Random& random, int count) {
  std::vector<double> all;
  for (int i = 0; i < count; ++i) all.push_back(number(random));
  return all;
}

measure::Remarks remarks(Random& random) {
  return {.plan_hash = std::to_string(random.integer(0, 1 << 30)),
          .plan_kind = "parts",
          .stand_ins = {"core0"},
          .fallbacks = {{"conv \"1\"", "no\nreason", "core1"}},
          .notes = {"a note"}};
}

measure::Context context(Random& random) {
  measure::Context context{.version = "0.1.0",
                           .commit = "abc",
                           .engines = {{"litert", "2.3.0"}, {"qnn", std::nullopt}},
                           .cpu = "a processor",
                           .cores = 2,
                           .kernel = "Linux",
                           .load_1min = number(random),
                           .time = "2026-01-01T00:00:00Z",
                           .state = {}};
  if (random.integer(0, 1)) context.state.frequency_mhz = {{0, 1000}, {10, 2000}, {2, 3000}};
  if (random.integer(0, 1)) context.state.governor = "schedutil";
  if (random.integer(0, 1)) context.state.hottest_c = number(random);
  return context;
}

runtime::Timeline timeline(Random& random, size_t parts) {
  runtime::Timeline line{.begin_us = number(random), .latency_us = number(random), .parts = {}};
  for (size_t i = 0; i < parts; ++i) {
    line.parts.push_back({number(random), number(random), number(random), {}});
    if (random.integer(0, 1)) line.parts.back().copy = number(random);
  }
  return line;
}

// Each optional field is there in some and not in others.
measure::Result any_result(Random& random) {
  const auto maybe = [&] {
    return random.integer(0, 1) ? std::optional(number(random)) : std::nullopt;
  };
  measure::Result result;
  result.model = "net.tflite";
  result.network = {random.integer(1, 1 << 30), random.integer(1, 1 << 30)};
  if (random.integer(0, 1)) result.network.input = "1x8x8x3", result.network.digest = "abc";
  if (random.integer(0, 1)) result.sequential = random.integer(0, 1) == 1;
  if (random.integer(0, 1)) result.restarts = {numbers(random, 7), numbers(random, 3)};
  result.runs_us = numbers(random, 7), result.warmup_us = numbers(random, 2);
  result.latency = measure::summarise(result.runs_us);
  result.processors = {{.processor = {.name = "core0",
                                      .role = "cpu",
                                      .cores = {0, 1},
                                      .threads = 2,
                                      .precision = engines::Precision::bf16},
                        .busy_us_p50 = number(random),
                        .busy_us_min = number(random),
                        .alone_us = maybe()}};
  const auto parts = static_cast<size_t>(random.integer(1, 3));
  for (size_t i = 0; i < parts; ++i)
    result.parts.push_back({.name = "s1",
                            .role = "cpu",
                            .processor = "core0",
                            .engine = "litert",
                            .first_stage = 1,
                            .last_stage = 2,
                            .branch = 1,
                            .after = i ? std::vector{i - 1} : std::vector<size_t>(),
                            .run_us_p50 = number(random),
                            .alone_us_min = maybe()});
  if (random.integer(0, 1)) result.parts[0].operators = {{{"node", "kernel", number(random)}}};
  result.fastest = timeline(random, result.parts.size());
  result.meeting_points = {{1, number(random), number(random), maybe()}};
  result.overlaps = {{1, number(random)}};
  result.bound_us = maybe();
  result.split_tax.ratio = maybe();
  result.split_tax.reason = result.split_tax.ratio ? "" : "one part";
  result.overhead_us_p50 = maybe();
  if (random.integer(0, 1)) result.baseline = {"openvino", 2, number(random), number(random)};
  if (random.integer(0, 1))
    result.throughput = {{.in_flight = 4,
                          .request_us = number(random),
                          .one_core_us = maybe(),
                          .one_core = "litert on core0"},
                         remarks(random)};
  result.energy = {random.integer(0, 1) ? number(random) : 0, "RAPL", "why", {}};
  const auto bounded = [&] {
    return measure::Bounded{number(random), number(random), number(random)};
  };
  if (random.integer(0, 1)) {
    result.energy.measured = {.gross_uj = bounded(),
                              .work_w = bounded(),
                              .rails_uj = {{"cpu", number(random)}},
                              .updates = 7,
                              .inferences = 70,
                              .seconds = number(random)};
    if (random.integer(0, 1))
      result.energy.measured->net_uj = bounded(), result.energy.measured->idle_w = bounded();
    else
      result.energy.measured->no_net = "why";
  }
  if (random.integer(0, 1)) result.before.held_back = {"core 4 may run at 1800 of 2840 MHz"};
  if (random.integer(0, 1)) result.hottest_c = number(random);
  if (random.integer(0, 1)) {
    result.start = {number(random), number(random), {}};
    if (random.integer(0, 1)) result.start->peak_bytes = random.integer(0, 1 << 30);
  }
  if (random.integer(0, 1)) result.sustained = {{{3, number(random), 1800}, {0, {}, {}}}};
  result.compiled = {{"litert", {3, number(random), number(random)}}};
  if (random.integer(0, 1)) result.cores_after = {0, 2};
  if (random.integer(0, 1)) result.resident_bytes = random.integer(0, 1 << 30);
  if (random.integer(0, 1))
    result.tool = {.name = "benchmark_model",
                   .content = "3f2a",
                   .words = {"benchmark_model", "--graph=net.tflite"},
                   .of_operators = random.integer(0, 1) == 1,
                   .warmup = {.min = number(random), .mean = number(random), .count = 5},
                   .memory_mb = maybe()};
  result.remarks = remarks(random);
  if (random.integer(0, 1)) {
    result.signs = {.seconds = number(random),
                    .others = maybe(),
                    .steal = maybe(),
                    .delay = maybe(),
                    .preempted = maybe(),
                    .throttled = random.integer(0, 9),
                    .quota = maybe(),
                    .anchor = maybe(),
                    .scatter = maybe(),
                    .over_bound = maybe(),
                    .split_tax = maybe(),
                    .waited_s = maybe(),
                    .was_free = false};
    if (random.integer(0, 1)) result.doubts = {{"others", number(random), "stop them"}};
    result.reliable = result.doubts.empty();
  }
  result.context = context(random);
  return result;
}

TEST(ResultJson, ComesBackAsItWasWritten) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::string text = json_text(to_json(any_result(random)));
    const auto read = result_from_json(parse_json<Json>(text, "a"), "a");
    ASSERT_EQ(json_text(to_json(read)), text);
  }
}

TEST(ResultJson, OfRecordsScoresComparisonsAndInferencesComesBackToo) {
  Random random(7);
  Record record{.result = any_result(random),
                .overrides = {"TRAIN.IM_SIZE", "64"},
                .model_bytes = 12345,
                .im_size = 64,
                .build_s = number(random),
                .fidelity = {16, 0.99, 0.98, 0.1, 1},
                .accuracy = {}};
  for (const bool tested : {false, true}) {
    if (tested)
      record.accuracy = Score{.network = "net",
                              .computed_as = "int8",
                              .images = 100,
                              .skipped = 1,
                              .top1_err = 12.5,
                              .top5_err = 1.5,
                              .weights = "ema",
                              .processors = {{"core0"}},
                              .remarks = remarks(random)};
    const Json json = to_json(record);
    EXPECT_EQ(to_json(record_from_json(json, "a")), json);
  }
  const std::vector<Score> scores = {*record.accuracy, {.network = "b", .computed_as = "f32"}};
  EXPECT_EQ(report_of(scores_from_json(report_of(scores).json, "a")).json, report_of(scores).json);
  const std::vector<SubnetScore> subnets = {{"min", "1x8", 1, 2, 3, 4, 5.5, 6.5}};
  EXPECT_EQ(report_of(subnet_scores_from_json(report_of(subnets).json, "a")).json,
            report_of(subnets).json);
  const Comparison comparison{1.05,
                              {{"a",
                                1.5,
                                2.5,
                                {1.1, 1.2, {{1.1, 1.1}}, {{1.0, 1.3}}, 2},
                                {0.5, false, {"busy"}, 2},
                                {1, true, {}, 5}},
                               {"b", 1, 2, {}, {}, {}, {{{"input", "1", "2"}}, {"order"}}, false}},
                              {"c"}};
  EXPECT_EQ(report_of(comparison_from_json(report_of(comparison).json, "a")).json,
            report_of(comparison).json);
  const InferenceResult inference{.model = "net",
                                  .top5 = {{3, 1.25, "cat"}, {1, 1, {}}},
                                  .outputs = {{"y", "int8", {1, 10}}},
                                  .remarks = remarks(random),
                                  .context = context(random)};
  EXPECT_EQ(report_of(inference_from_json(report_of(inference).json, "a")).json,
            report_of(inference).json);
  const QuantisationResult quantisation{.observer = "mse",
                                        .images_tried = 2,
                                        .equalised_pairs = 1,
                                        .fidelity = {2, 0.5, 0.25, 0, 1, 20},
                                        .tried = {{"mse", {}}},
                                        .float_blocks = {{"s1", {}, 5}},
                                        .layers = {{"n", "conv", 30, 0.5}},
                                        .latency_us = {{1, 2}}};
  EXPECT_EQ(report_of(quantisation_from_json(report_of(quantisation).json, "a")).json,
            report_of(quantisation).json);
}

TEST(ResultJson, OfOtherKindsTellsItsSchemaToo) {
  Random random(5);
  const auto refused = [](Json json, const auto& read) {
    json["schema"] = 9;
    try {
      read(json, "file.json");
      ADD_FAILURE() << json.dump();
    } catch (const FormatError& error) {
      EXPECT_EQ(error.message().what, "it has schema 9, and this version reads schema 1");
    }
  };
  refused(report_of(std::vector<Score>{}).json, scores_from_json);
  refused(report_of(std::vector<SubnetScore>{}).json, subnet_scores_from_json);
  refused(report_of(Comparison{}).json, comparison_from_json);
  refused(report_of(InferenceResult{}).json, inference_from_json);
  refused(report_of(QuantisationResult{}).json, quantisation_from_json);
}

// Results of before there were signs are read, and written as they were.
TEST(ResultJson, OfOlderVersionsHasNoSigns) {
  Random random(8);
  measure::Result result = any_result(random);
  result.signs = {.seconds = 1, .others = 0.5};
  result.doubts = measure::doubts_of(*result.signs);
  result.reliable = false;
  Json json = to_json(result);
  EXPECT_EQ(json["reliable"], false);
  EXPECT_EQ(json["doubts"][0]["sign"], "others");
  EXPECT_EQ(json["doubts"][0]["value"], 0.5);
  for (const char* key : {"signs", "doubts", "reliable"}) json.erase(key);
  const measure::Result read = result_from_json(json, "a");
  EXPECT_FALSE(read.signs);
  EXPECT_TRUE(read.reliable && read.doubts.empty());
  EXPECT_EQ(to_json(read), json);
}

TEST(ResultJson, HasTimesOfThreeDecimalsAndNoDeviationOfOneRun) {
  measure::Result result;
  result.runs_us = {1234.56789};
  result.latency = measure::summarise(result.runs_us);
  result.bound_us = 0.0014;
  result.compiled = {{"litert", {.parts = 1, .seconds = 0.25}}};
  const Json json = to_json(result);
  EXPECT_EQ(json["runs_us"].dump(), "[1234.568]");
  EXPECT_EQ(json["latency_us"]["min"].dump(), "1234.568");
  EXPECT_EQ(json["bound_us"].dump(), "0.001");
  EXPECT_TRUE(json["latency_us"]["std"].is_null());
  EXPECT_TRUE(json["compiled"]["litert"]["resident_mb"].is_null());
}

TEST(ResultPage, HasWordsForEachDoubt) {
  const auto doubts = measure::doubts_of({.seconds = 10,
                                          .others = 0.5,
                                          .steal = 0.5,
                                          .delay = 0.5,
                                          .preempted = 1000,
                                          .throttled = 3,
                                          .anchor = 2,
                                          .scatter = 2,
                                          .over_bound = 0.5,
                                          .split_tax = 3,
                                          .waited_s = 5,
                                          .was_free = false});
  EXPECT_EQ(doubts.size(), 10u);
  for (const auto& doubt : doubts) EXPECT_FALSE(said(doubt).starts_with(doubt.sign + " is "));
}

TEST(ResultPage, SaysWhatIsDoubtedAndWhatToDo) {
  const auto doubts = measure::doubts_of({.seconds = 10, .others = 0.42, .scatter = 1.5});
  const std::string line = doubt_line(doubts);
  EXPECT_NE(line.find("other programs had 42 % of the cores' time"), line.npos) << line;
  EXPECT_NE(line.find("the median is 1.50 x the minimum"), line.npos) << line;
  EXPECT_NE(line.find("stop what else runs"), line.npos) << line;
  EXPECT_EQ(doubt_line({}), "");
}

// The message of the one error that reading it gives.
std::string error_of(const Json& json) {
  try {
    result_from_json(json, "file.json");
  } catch (const FormatError& error) {
    EXPECT_EQ(error.message().where, "file.json");
    EXPECT_FALSE(error.message().fix.empty()) << error.message().what;
    return error.message().what;
  }
  return "no error";
}

TEST(ResultJson, EachMissingOrWrongFieldIsNamed) {
  Random random(3);
  Json json = to_json(any_result(random));
  const Json whole = json;
  for (const auto& [key, value] : whole.items()) {
    if (key == "compile_s") continue;                        // follows from others
    if (key == "restarts" || key == "sequential") continue;  // older versions lack these
    if (key == "signs" || key == "doubts" || key == "reliable" || key == "best_us") continue;
    if (key == "tool" || key == "start" || key == "sustained") continue;  // not in all
    Json cut = json;
    cut.erase(key);
    EXPECT_NE(error_of(cut).find(key), std::string::npos) << key << ": " << error_of(cut);
    cut[key] = value.is_string() ? Json(1) : Json("text");
    EXPECT_NE(error_of(cut).find(key), std::string::npos) << key << ": " << error_of(cut);
  }
  Json deep = json;
  deep["parts"][0].erase("engine");
  EXPECT_EQ(error_of(deep), "the field 'parts[0].engine' is missing");
  deep = json;
  deep["processors"][0]["precision"] = "int4";
  EXPECT_EQ(error_of(deep), "the field 'processors[0].precision' is not a word that is known here");
  deep = json;
  deep["machine_state"]["before"]["frequency_mhz"] = {{"fast", 1}};
  EXPECT_EQ(error_of(deep),
            "the field 'machine_state.before.frequency_mhz.fast' is not named by a number");
  deep = json;
  deep["fastest_run"]["parts"].push_back(deep["fastest_run"]["parts"][0]);
  EXPECT_NE(error_of(deep).find("of a plan of"), std::string::npos);
  deep = json;
  deep["parts"][0]["after"] = {0};
  EXPECT_EQ(error_of(deep), "part 0 comes after part 0");
  deep = json;
  deep["restarts"] = {{1.5}, Json::array()};
  EXPECT_EQ(error_of(deep), "a restart without a run");
  deep["restarts"] = {{1.5}, {-1}};
  EXPECT_EQ(error_of(deep), "-1 is no time of a run");
  deep = json;
  deep["processors"][0]["threads"] = int64_t{1} << 40;
  EXPECT_EQ(error_of(deep), "the field 'processors[0].threads' is not a number of that size");
  deep = json;
  deep["latency_us"]["count"] = -1;
  EXPECT_EQ(error_of(deep), "the field 'latency_us.count' is not a number of that size");
}

TEST(ResultJson, OlderNewerAndForeignFilesAreTold) {
  Random random(4);
  Json json = to_json(any_result(random));
  json["schema"] = 1;
  EXPECT_EQ(error_of(json), "it has schema 1, and this version reads schema 2");
  json["schema"] = 3;
  EXPECT_EQ(error_of(json), "it has schema 3, and this version reads schema 2");
  for (const Json& foreign : {Json::object(), Json({{"schema", "x"}})})
    EXPECT_EQ(error_of(foreign), "it has no schema: no result of this program");
  for (const Json& foreign : {Json::array(), Json(1)})
    EXPECT_EQ(error_of(foreign), "it is not an object");
  json["schema"] = 2;
  json["a field of tomorrow"] = {1, 2, 3};
  EXPECT_EQ(error_of(json), "no error");
}

}  // namespace
}  // namespace nnstretch::report
