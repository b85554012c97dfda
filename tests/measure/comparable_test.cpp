#include "measure/comparable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace nnstretch::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Result result() {
  Result result;
  result.network = {1000, 10, "1x32x32x3", "abc"};
  result.sequential = false;
  for (const char* name : {"core0", "core1"})
    result.processors.push_back({.processor = {.name = name, .engine = "auto", .threads = 1}});
  result.parts = {{.engine = "litert"}, {.engine = "openvino"}};
  result.context.cpu = "EPYC";
  result.context.cores = 2;
  result.context.engines = {{"litert", "2.3.0"}, {"openvino", "2026.4.1"}, {"qnn", {}}};
  return result;
}

// "what: before | after" of each difference that the change makes.
std::vector<std::string> differences(const std::function<void(Result&)>& change) {
  Result after = result();
  change(after);
  std::vector<std::string> all;
  for (const auto& one : likeness(result(), after).differences)
    all.push_back(one.what + ": " + one.before + " | " + one.after);
  return all;
}

TEST(Likeness, OfOneNetworkOnOneMachineHasNoDifference) {
  EXPECT_THAT(differences([](Result&) {}), IsEmpty());
  EXPECT_THAT(likeness(result(), result()).unknown, IsEmpty());
  EXPECT_THAT(differences([](Result& r) {
                r.context.commit = "another";
                r.context.load_1min = 7;
                r.context.kernel = "Linux 7";
                r.model = "other.tflite";
                r.remarks.plan_hash = "another";
              }),
              IsEmpty())
      << "a change of the program is what is compared";
}

TEST(Likeness, NamesEachDifferenceWithBothValues) {
  EXPECT_THAT(differences([](Result& r) { r.network.digest = "def"; }),
              ElementsAre("network: content abc | content def"));
  EXPECT_THAT(differences([](Result& r) {
                r.network = {2000, 20, "1x32x32x3", "def"};
              }),
              ElementsAre("network: 1000 multiply-adds, 10 parameters | "
                          "2000 multiply-adds, 20 parameters"));
  EXPECT_THAT(differences([](Result& r) { r.context.cpu = "Xeon", r.context.cores = 4; }),
              ElementsAre("machine: EPYC | Xeon", "cores: 2 | 4"));
  EXPECT_THAT(differences([](Result& r) { r.processors[1].processor.threads = 2; }),
              ElementsAre("threads: 2 | 3"));
  EXPECT_THAT(differences([](Result& r) {
                for (auto& one : r.processors) one.processor.precision = engines::Precision::f32;
              }),
              ElementsAre("arithmetic: int8 | f32"));
  EXPECT_THAT(differences([](Result& r) { r.processors[1].processor.device = "gpu"; }),
              ElementsAre("devices: cpu | cpu and gpu"));
  EXPECT_THAT(differences([](Result& r) { r.remarks.plan_kind = "whole"; }),
              ElementsAre("kind of plan: parts | whole"));
  EXPECT_THAT(differences([](Result& r) { r.sequential = true; }),
              ElementsAre("order: parallel | sequential"));
}

TEST(Likeness, SaysAnotherInputOnceThoughAllCostsFollowIt) {
  EXPECT_THAT(differences([](Result& r) {
                r.network = {16000, 10, "1x128x128x3", "def"};
              }),
              ElementsAre("input: 1x32x32x3 | 1x128x128x3"));
}

TEST(Likeness, IsOfTheEnginesThatWereNamedAndTheVersionsThatRan) {
  EXPECT_THAT(differences([](Result& r) { r.context.engines["litert"] = "2.4.0"; }),
              ElementsAre("litert: 2.3.0 | 2.4.0"));
  EXPECT_THAT(differences([](Result& r) { r.context.engines["qnn"] = "2.7.0"; }), IsEmpty())
      << "which ran no part";
  EXPECT_THAT(differences([](Result& r) { r.parts[0].engine = "openvino"; }), IsEmpty())
      << "auto may choose anew";
  EXPECT_THAT(differences([](Result& r) {
                for (auto& one : r.processors) one.processor.engine = "litert";
                r.parts[1].engine = "litert";
              }),
              ElementsAre("engine: auto | litert"));
  EXPECT_THAT(differences([](Result& r) { r.context.engines["openvino"].reset(); }),
              ElementsAre("openvino: 2026.4.1 | not there"));
}

TEST(Likeness, SaysWhatAnOlderResultDoesNotTell) {
  Result older = result();
  older.network.input.reset(), older.network.digest.reset(), older.sequential.reset();
  for (const auto& found : {likeness(older, result()), likeness(result(), older)}) {
    EXPECT_THAT(found.differences, IsEmpty());
    EXPECT_THAT(found.unknown,
                ElementsAre("the content of the network", "whether parts ran at the same time"));
  }
  older.network.multiply_adds = 16000;
  EXPECT_EQ(likeness(older, result()).differences.at(0).what, "network");
}

TEST(Restarts, OfAResultWithoutThemIsOneProcess) {
  Result one;
  EXPECT_THAT(restarts_of(one), IsEmpty());
  one.runs_us = {3, 1, 2};
  EXPECT_EQ(restarts_of(one), (Restarts{{3, 1, 2}}));
  one.restarts = {{3, 1, 2}, {4, 5}};
  EXPECT_EQ(restarts_of(one), one.restarts);
}

}  // namespace
}  // namespace nnstretch::measure
