// Operators of every part, as the engines count them.
#include "measure/operators.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/threads.h"
#include "engines/list.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "support/absent.h"
#include "support/here.h"

namespace nnstretch::measure {
namespace {

std::shared_ptr<const runtime::CompiledPlan> compiled_by(const std::string& engine) {
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) {
    processor.cores = {allowed_cores().front()};
    processor.engine = engine;
    processor.precision = engines::Precision::f32;
  }
  return runtime::compile(plan::make_plan(testing::two_branches(), machine, testing::here()),
                          testing::here());
}

TEST(OperatorTimes, HasEveryNodeOfAnEngineThatWalksTheGraph) {
  const auto plan = compiled_by("reference");
  const OperatorTimes times = time_operators(*plan, 2);
  ASSERT_EQ(times.size(), plan->plan().parts.size());
  for (size_t part = 0; part < times.size(); ++part) {
    const ir::Graph& graph = plan->plan().parts[part].model.graph;
    std::vector<std::string> wanted, seen;
    for (const ir::Node& node : graph.nodes())
      if (!std::holds_alternative<ir::Input>(node.op)) wanted.push_back(node.name);
    for (const engines::OpTime& op : times[part]) {
      seen.push_back(op.node);
      EXPECT_GE(op.us, 0) << op.node;
    }
    EXPECT_EQ(seen, wanted) << plan->plan().parts[part].name;
  }
}

TEST(OperatorTimes, HasKernelsOfLibraries) {
  for (const std::string& engine : testing::in_build({"openvino", "litert"}))
    for (const auto& part : time_operators(*compiled_by(engine), 2)) {
      ASSERT_FALSE(part.empty()) << engine;
      for (const engines::OpTime& op : part) EXPECT_FALSE(op.kernel.empty()) << op.node;
    }
}

TEST(OperatorTimes, IsEmptyWhereTheEngineDoesNotTell) {
  const testing::FakeEngine engine;
  const auto plan = runtime::compile(
      plan::make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}), engine.here()),
      engine.here());
  for (const auto& part : time_operators(*plan, 1)) EXPECT_TRUE(part.empty());
}

// Tells these times of its one operator, run after run.
class Telling : public testing::FakeEngine {
 public:
  explicit Telling(std::vector<double> times) : times_(std::move(times)) {}
  std::shared_ptr<const engines::CompiledPart> compile(const ir::Model&,
                                                       const engines::Processor&) const override {
    return std::make_shared<Part>(times_);
  }

 private:
  struct Instance : engines::PartInstance {
    explicit Instance(const std::vector<double>& told) : times(told) {}
    void bind(std::span<const engines::Buffer>, std::span<const engines::Buffer>) override {}
    void run() override { ++runs; }
    std::vector<engines::OpTime> op_times() const override {
      return {{"node", "kernel", times.at(runs - 1)}};
    }
    const std::vector<double>& times;
    size_t runs = 0;
  };
  struct Part : engines::CompiledPart {
    explicit Part(const std::vector<double>& told) : times(told) {}
    std::unique_ptr<engines::PartInstance> instantiate() const override {
      return std::make_unique<Instance>(times);
    }
    std::string engine() const override { return "fake"; }
    const std::vector<double>& times;
  };
  std::vector<double> times_;
};

TEST(OperatorTimes, TakesTheLeastTimeAfterARunToWarmUp) {
  const Telling engine({1, 7, 3, 5});
  const auto plan = runtime::compile(
      plan::make_whole_plan(testing::two_branches(), testing::machine_of({"cpu"}).processors[0]),
      engine.here());
  const OperatorTimes times = time_operators(*plan, 3);
  ASSERT_EQ(times.at(0).size(), 1u);
  EXPECT_EQ(times[0][0].us, 3);
}

}  // namespace
}  // namespace nnstretch::measure
