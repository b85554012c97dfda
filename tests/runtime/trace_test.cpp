#include "runtime/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/fake_engine.h"
#include "runtime/networks.h"
#include "runtime/session.h"

namespace nnstretch::runtime {
namespace {

using nlohmann::json;

struct Traced {
  std::shared_ptr<const CompiledPlan> plan;
  std::vector<Timeline> runs;
  json events;
};

Traced trace_of_two_runs(const testing::FakeEngine& engine) {
  const EngineFinder find = engine.finder();
  Traced traced;
  traced.plan = compile(
      make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}), {.find = find}),
      find);
  Session session(traced.plan);
  for (int i = 0; i < 2; ++i) {
    session.run();
    traced.runs.push_back(session.timeline());
  }
  traced.events = json::parse(trace_json(*traced.plan, traced.runs))["traceEvents"];
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
    const PlanPart& part = traced.plan->plan().parts[i % 6];
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
  const testing::FakeEngine engine;
  const Traced traced = trace_of_two_runs(engine);
  EXPECT_TRUE(json::accept(trace_json(*traced.plan, {})));
}

}  // namespace
}  // namespace nnstretch::runtime
