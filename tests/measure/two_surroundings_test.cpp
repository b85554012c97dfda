// Two surroundings in one process: other cores, another memory of `auto`, other engines. What is
// done in one does not show in the other, also while both are at work.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "measure/bench.h"
#include "plan/networks.h"
#include "support/paths.h"

namespace nnstretch::measure {
namespace {

plan::Surroundings with(std::vector<int> cores, const std::filesystem::path& choices) {
  plan::Surroundings made = plan::this_process({.choices = choices});
  made.topology.cores.clear();
  for (const int core : cores) made.topology.cores.push_back({.id = core, .first_sibling = core});
  return made;
}

std::vector<int> cores_of(const Result& result) {
  std::vector<int> cores;
  for (const ProcessorResult& one : result.processors)
    cores.insert(cores.end(), one.processor.cores.begin(), one.processor.cores.end());
  return cores;
}

TEST(TwoSurroundings, DoNotSeeEachOther) {
  const std::vector<Core> all = this_topology().cores;
  const testing::TemporaryFolder folder;
  const plan::Surroundings one = with({all.front().id}, folder / "one.json");
  const plan::Surroundings other = with({all.back().id}, folder / "other.json");
  const BenchOptions quick{.placing = {}, .num_runs = 3, .warmup_runs = 1};
  Result first, second;
  std::thread([&] { first = bench(testing::two_branches(), quick, one).result; }).join();
  EXPECT_TRUE(std::filesystem::exists(folder / "one.json"));
  EXPECT_FALSE(std::filesystem::exists(folder / "other.json"));
  const std::string before = read_text(folder / "one.json");
  {
    std::jthread in_one([&] { first = bench(testing::two_branches(), quick, one).result; });
    std::jthread in_other([&] { second = bench(testing::two_branches(), quick, other).result; });
  }
  EXPECT_EQ(read_text(folder / "one.json"), before);
  EXPECT_TRUE(std::filesystem::exists(folder / "other.json"));
  EXPECT_EQ(cores_of(first), std::vector<int>{all.front().id});
  EXPECT_EQ(cores_of(second), std::vector<int>{all.back().id});
  EXPECT_EQ(first.context.cores, 1u);
}

TEST(TwoSurroundings, HaveEnginesOfTheirOwnAndCostModels) {
  const plan::Surroundings built = plan::this_process();
  const engines::Engine& reference = built.engines.find("reference");
  plan::Surroundings lean{
      .topology = built.topology,
      .engines = engines::EngineList(
          {}, [&](std::string_view) -> const engines::Engine& { return reference; })};
  std::atomic<int> asked = 0;
  lean.cost.effort = [&](const ir::Graph&, ir::NodeId) { return ++asked, 1.0; };
  const BenchOptions quick{.placing = {.engine = "any"}, .num_runs = 1, .latency_only = true};
  const Result result = bench(testing::two_branches(), quick, lean).result;
  EXPECT_EQ(result.parts.at(0).engine, "reference");
  EXPECT_TRUE(result.context.engines.empty());
  EXPECT_GT(asked, 0);
  EXPECT_THROW(bench(testing::two_branches(), quick, built),
               EngineError);  // it knows no engine "any"
  EXPECT_NE(&plan::this_process().engines.find("reference"), &reference);
}

}  // namespace
}  // namespace nnstretch::measure
