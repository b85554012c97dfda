// Traces and pictures of runs.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "report/reporters.h"
#include "runtime/session.h"

namespace nnstretch::report {
namespace {

using nlohmann::json;
using runtime::Timeline;

struct Traced {
  std::shared_ptr<const runtime::CompiledPlan> plan;
  std::vector<Timeline> runs;
  measure::Result result;
  json events;
};

std::string text_of(const Reporter& reporter, const measure::Result& result) {
  return reporter.text({.page = {}, .json = {}, .timed = &result});
}

// As bench() describes a plan.
measure::Result result_of(const runtime::CompiledPlan& plan, const std::vector<Timeline>& runs) {
  measure::Result result;
  for (const auto& processor : plan.plan().processors)
    result.processors.push_back({.processor = processor});
  for (size_t i = 0; i < plan.plan().parts.size(); ++i) {
    const plan::PlanPart& part = plan.plan().parts[i];
    result.parts.push_back({.name = part.name,
                            .role = part.role,
                            .processor = plan.plan().processors.at(part.processor).name,
                            .engine = plan.engine(i),
                            .first_stage = part.first_stage,
                            .last_stage = part.last_stage,
                            .branch = part.branch,
                            .after = part.after});
  }
  result.timelines = runs;
  if (!runs.empty()) result.fastest = runs.front();
  return result;
}

Traced trace_of_two_runs(const testing::FakeEngine& engine) {
  const plan::Surroundings here = engine.here();
  Traced traced;
  traced.plan = runtime::compile(
      plan::make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}), here), here);
  runtime::Session session(traced.plan);
  for (int i = 0; i < 2; ++i) {
    session.run();
    traced.runs.push_back(session.timeline());
  }
  traced.result = result_of(*traced.plan, traced.runs);
  traced.events = json::parse(text_of(*trace_reporter(), traced.result))["traceEvents"];
  return traced;
}

std::vector<json> of_phase(const json& events, const std::string& phase) {
  std::vector<json> found;
  for (const json& event : events)
    if (event["ph"] == phase) found.push_back(event);
  return found;
}

TEST(Trace, HasATrackForEachProcessorAndASliceForEachPartAndRun) {
  const testing::FakeEngine engine;
  const Traced traced = trace_of_two_runs(engine);
  std::vector<std::string> tracks;
  for (const json& event : of_phase(traced.events, "M"))
    if (event["name"] == "thread_name") tracks.push_back(event["args"]["name"]);
  EXPECT_EQ(tracks, (std::vector<std::string>{"the_cpu (cpu, fake)", "the_dsp (dsp, fake)"}));
  const auto slices = of_phase(traced.events, "X");
  ASSERT_EQ(slices.size(), 12u);
  for (size_t i = 0; i < slices.size(); ++i) {
    const plan::PlanPart& part = traced.plan->plan().parts[i % 6];
    const Timeline& run = traced.runs[i / 6];
    EXPECT_EQ(slices[i]["name"], part.name);
    EXPECT_EQ(slices[i]["tid"], part.processor);
    EXPECT_EQ(slices[i]["args"]["stage"], part.first_stage);
    EXPECT_EQ(slices[i]["args"]["branch"], part.branch);
    EXPECT_EQ(slices[i]["args"]["engine"], "fake");
    EXPECT_NEAR(slices[i]["dur"], run.parts[i % 6].run(), 1e-9);
    EXPECT_NEAR(slices[i]["ts"], run.begin_us - traced.runs[0].begin_us + run.parts[i % 6].start,
                1e-3);
  }
}

TEST(Trace, DrawsAnArrowForEachValueThatChangesItsProcessor) {
  const testing::FakeEngine engine;
  const Traced traced = trace_of_two_runs(engine);
  // stem to s1.dsp, s1 to s2 both ways, s2.dsp to the head: four in each run.
  const auto starts = of_phase(traced.events, "s"), ends = of_phase(traced.events, "f");
  ASSERT_EQ(starts.size(), 8u);
  ASSERT_EQ(ends.size(), 8u);
  for (size_t i = 0; i < starts.size(); ++i) {
    EXPECT_EQ(starts[i]["id"], ends[i]["id"]);
    EXPECT_NE(starts[i]["tid"], ends[i]["tid"]);
    EXPECT_LE(starts[i]["ts"], ends[i]["ts"]);
  }
}

TEST(Trace, CountsTheProcessorsAtWork) {
  const testing::FakeEngine engine;
  const Traced traced = trace_of_two_runs(engine);
  const auto counts = of_phase(traced.events, "C");
  ASSERT_EQ(counts.size(), 24u);
  EXPECT_EQ(counts.front()["args"]["processors"], 1);
  EXPECT_EQ(counts.back()["args"]["processors"], 0);
  for (const json& count : counts) {
    EXPECT_GE(count["args"]["processors"], 0);
    EXPECT_LE(count["args"]["processors"], 2);
  }
}

TEST(Trace, OfNoRunsIsStillJson) {
  EXPECT_TRUE(json::accept(text_of(*trace_reporter(), {})));
  EXPECT_THROW(text_of(*svg_reporter(), {}), UsageError);
}

// Without every run those that each result keeps are shown.
TEST(Trace, OfAResultThatWasReadBackHasTheRunsThatItKeeps) {
  const testing::FakeEngine engine;
  Traced traced = trace_of_two_runs(engine);
  traced.result.timelines.clear();
  traced.result.median = traced.runs[1];
  EXPECT_EQ(json::parse(text_of(*trace_reporter(), traced.result))["traceEvents"], traced.events);
  traced.result.median = traced.result.fastest;
  const auto once = json::parse(text_of(*trace_reporter(), traced.result))["traceEvents"];
  EXPECT_EQ(of_phase(once, "X").size(), 6u);
}

TEST(Svg, HasABoxForEachPartInTheRowOfItsProcessor) {
  const testing::FakeEngine engine;
  const Traced traced = trace_of_two_runs(engine);
  const std::string svg = text_of(*svg_reporter(), traced.result);
  size_t boxes = 0;
  for (size_t at = svg.find("<rect"); at != svg.npos; at = svg.find("<rect", at + 1)) ++boxes;
  EXPECT_EQ(boxes, 1 + traced.result.parts.size());  // the first is the background
  EXPECT_NE(svg.find(">the_cpu<"), svg.npos);
  EXPECT_NE(svg.find(">the_dsp<"), svg.npos);
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
}

}  // namespace
}  // namespace nnstretch::report
