#include "measure/throughput.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/threads.h"
#include "runtime/sessions.h"

namespace nnstretch::measure {
namespace {

using testing::FakeEngine;
using ::testing::HasSubstr;

TEST(Throughput, CountsRequestsOfThePlanAndOfOneCoreAlike) {
  FakeEngine engine;
  std::atomic<int> stems = 0, wholes = 0;
  engine.on_run = [&](const std::string& part) {
    stems += part == "two/stem";
    wholes += part == "two/stem..head";
  };
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[0].cores = {allowed_cores()[0]};
  const ir::Model model = testing::two_branches();
  const auto result = throughput(model, testing::compiled(engine, model, machine),
                                 {.in_flight = 3, .requests = 7, .rounds = 2});
  EXPECT_EQ(stems, 7 * 3);  // one round to warm up
  EXPECT_EQ(wholes, 7 * 3);
  EXPECT_EQ(result.in_flight, 3u);
  EXPECT_EQ(result.one_core, "fake on the_cpu");
  ASSERT_TRUE(result.ratio().has_value());
  EXPECT_DOUBLE_EQ(*result.ratio(), *result.one_core_us / result.request_us);
}

// Rounds that something else held up say nothing of either; and the core is one, with one thread.
TEST(Throughput, TakesTheLeastTimesAndOneCore) {
  class Asked : public FakeEngine {
   public:
    std::shared_ptr<const engines::CompiledPart> compile(
        const ir::Model& part, const engines::Processor& processor) const override {
      if (part.name == "two/stem..head") whole = processor;
      return FakeEngine::compile(part, processor);
    }
    mutable engines::Processor whole;
  };
  constexpr auto kPause = std::chrono::milliseconds(50);
  Asked engine;
  std::atomic<int> stems = 0, wholes = 0;
  engine.on_run = [&](const std::string& part) {
    const bool last =
        (part == "two/stem" && ++stems == 4) || (part == "two/stem..head" && ++wholes == 4);
    if (last) std::this_thread::sleep_for(kPause);
  };
  const int core = allowed_cores()[0];
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[0].cores = {core, core};  // there may be no second one here
  machine.processors[0].threads = 2;
  const ir::Model model = testing::two_branches();
  const auto result = throughput(model, testing::compiled(engine, model, machine),
                                 {.in_flight = 1, .requests = 1, .rounds = 3});
  EXPECT_LT(result.request_us, 50'000);
  EXPECT_LT(result.one_core_us.value(), 50'000);
  EXPECT_THAT(engine.whole.cores, ::testing::ElementsAre(core));
  EXPECT_EQ(engine.whole.threads, 1);
}

TEST(Throughput, SaysWhyThereIsNoCoreToCompareWith) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  const auto compiled = testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"}));
  const auto result = throughput(model, compiled, {.requests = 2, .rounds = 1});
  EXPECT_GT(result.per_second(), 0);
  EXPECT_FALSE(result.ratio().has_value());
  EXPECT_THAT(result.one_core, HasSubstr("not bound to cores"));
}

TEST(Throughput, FailsWhenARequestDoes) {
  FakeEngine engine;
  engine.on_run = [](const std::string&) { throw EngineError({.what = "injected"}); };
  const ir::Model model = testing::two_branches();
  const auto compiled = testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"}));
  EXPECT_THROW(throughput(model, compiled), EngineError);
}

}  // namespace
}  // namespace nnstretch::measure
