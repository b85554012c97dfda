// Operators of every part, as the engines count them.
#include "measure/op_profile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/threads.h"
#include "engines/list.h"
#include "runtime/fake_engine.h"
#include "runtime/networks.h"

namespace nnstretch::measure {
namespace {

std::shared_ptr<const runtime::CompiledPlan> compiled_by(const std::string& engine) {
  runtime::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) {
    processor.cores = {allowed_cores().front()};
    processor.engine = engine;
    processor.precision = engines::Precision::f32;
  }
  return runtime::compile(runtime::make_plan(testing::two_branches(), machine, {}));
}

TEST(OpProfile, HasEveryNodeOfAnEngineThatWalksTheGraph) {
  const auto plan = compiled_by("reference");
  const OpProfile profile = profile_ops(*plan, engines::find_engine, 2);
  ASSERT_EQ(profile.size(), plan->plan().parts.size());
  size_t all = 0;
  for (size_t part = 0; part < profile.size(); ++part) {
    const ir::Graph& graph = plan->plan().parts[part].model.graph;
    std::vector<std::string> wanted, seen;
    for (const ir::Node& node : graph.nodes())
      if (!std::holds_alternative<ir::Input>(node.op)) wanted.push_back(node.name);
    for (const engines::OpTime& op : profile[part]) {
      seen.push_back(op.node);
      EXPECT_GE(op.us, 0) << op.node;
    }
    EXPECT_EQ(seen, wanted) << plan->plan().parts[part].name;
    all += seen.size();
  }
  EXPECT_EQ(longest_first(profile).size(), all);
}

TEST(OpProfile, HasKernelsOfLibraries) {
  for (const char* engine : {"openvino", "litert"})
    for (const auto& part : profile_ops(*compiled_by(engine), engines::find_engine, 2)) {
      ASSERT_FALSE(part.empty()) << engine;
      for (const engines::OpTime& op : part) EXPECT_FALSE(op.kernel.empty()) << op.node;
    }
}

TEST(OpProfile, IsEmptyWhereTheEngineDoesNotTell) {
  const testing::FakeEngine engine;
  const auto plan = runtime::compile(
      runtime::make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}),
                         {.find = engine.finder()}),
      engine.finder());
  for (const auto& part : profile_ops(*plan, engine.finder(), 1)) EXPECT_TRUE(part.empty());
}

TEST(OpProfile, PutsTheLongestFirst) {
  const auto ops = longest_first({{{"a", "k", 1}, {"b", "k", 3}}, {}, {{"c", "k", 2}}});
  ASSERT_EQ(ops.size(), 3u);
  EXPECT_EQ(ops[0].op.node, "b");
  EXPECT_EQ(ops[1].op.node, "c");
  EXPECT_EQ(ops[1].part, 2u);
  EXPECT_EQ(ops[2].op.node, "a");
}

}  // namespace
}  // namespace nnstretch::measure
