#include "runtime/standby.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "base/threads.h"
#include "runtime/session.h"
#include "runtime/sessions.h"
#include "support/errors.h"
#include "support/here.h"

namespace nnstretch::runtime {
namespace {

using testing::Bytes;
using testing::FakeEngine;
using ::testing::HasSubstr;
using testing::random_inputs;

// A cpu, and a dsp of another engine that can be lost.
struct Computer {
  FakeEngine cpu{"fake"}, dsp{"lossy"};
  std::atomic<int> calls_until_lost = 0;  // of the dsp, from now on; negative: it is lost
  ir::Model model = testing::two_branches();

  Computer() {
    dsp.device_list = {{.name = "dsp", .full_name = "a fake", .why_not = {}}};
    dsp.on_run = [this](const std::string&) {
      if (--calls_until_lost < 0) throw EngineError({.what = "the device is gone"});
    };
  }
  plan::Machine machine() const {
    plan::Machine machine = testing::machine_of({"cpu", "dsp"});
    machine.processors[1].engine = "lossy";
    machine.processors[1].device = "dsp";
    machine.processors[1].cores = {allowed_cores().back()};
    return machine;
  }
  std::shared_ptr<const CompiledPlan> compiled(bool strict = false) const {
    return compiled(strict, machine());
  }
  std::shared_ptr<const CompiledPlan> compiled(bool strict, const plan::Machine& machine) const {
    const plan::Surroundings here =
        testing::here_with([this](std::string_view name) -> const engines::Engine& {
          return name == "lossy" ? dsp : cpu;
        });
    return compile(plan::make_plan(model, machine, here, {.strict = strict}), here);
  }
};

Bytes run(Session& session, const Bytes& input) {
  Bytes output(session.output().size());
  session.run(input, output);
  return output;
}

TEST(Standby, MovesThePartsOfALostDeviceToTheCpuAndSaysSo) {
  const auto inputs = random_inputs(testing::two_branches().graph, 1);
  for (int good_calls = 0; good_calls < 6; ++good_calls) {
    SCOPED_TRACE(good_calls);
    Computer computer;
    computer.calls_until_lost = good_calls;
    const auto compiled = computer.compiled();
    const std::string hash = compiled->hash();
    Session session(compiled);
    const Bytes expected = testing::fake_evaluate(computer.model.graph, inputs)[0];
    for (int i = 0; i < 5; ++i) ASSERT_EQ(run(session, inputs[0]), expected);
    const auto fallbacks = compiled->fallbacks();
    ASSERT_EQ(fallbacks.size(), 2u);
    EXPECT_EQ(fallbacks[0].op, "s1.dsp");
    EXPECT_EQ(fallbacks[0].ran_on, "the_cpu");
    EXPECT_EQ(fallbacks[0].reason, "the_dsp failed while it ran: the device is gone");
    EXPECT_EQ(compiled->engine(1) + compiled->engine(2), "fakefake");
    EXPECT_NE(compiled->hash(), hash);  // other bits, perhaps
  }
}

TEST(Standby, ReachesTheCallerInStrictMode) {
  Computer computer;
  const auto compiled = computer.compiled(/*strict=*/true);
  Session session(compiled);
  try {
    session.run();
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_STREQ(error.what(), "s1.dsp on the_dsp: the device is gone");
  }
  EXPECT_TRUE(compiled->fallbacks().empty());
  computer.calls_until_lost = 1000;
  const auto inputs = random_inputs(computer.model.graph, 2);
  EXPECT_EQ(run(session, inputs[0]), testing::fake_evaluate(computer.model.graph, inputs)[0]);
}

TEST(Standby, GivesBothReasonsIfTheCpuCannotTakeThePart) {
  Computer computer;
  const auto compiled = computer.compiled();
  computer.cpu.on_compile = [](const std::string&) { throw EngineError({.what = "no memory"}); };
  Session session(compiled);
  for (int i = 0; i < 2; ++i) try {
      session.run();
      FAIL() << "no error";
    } catch (const EngineError& error) {
      EXPECT_THAT(error.what(), HasSubstr("s1.dsp on the_dsp: the device is gone; and the_cpu"));
      EXPECT_THAT(error.what(), HasSubstr("no memory"));
    }
  computer.cpu.on_compile = {};
  const auto inputs = random_inputs(computer.model.graph, 3);
  EXPECT_EQ(run(session, inputs[0]), testing::fake_evaluate(computer.model.graph, inputs)[0]);
}

TEST(Standby, CompilesOnceForAllSessionsOnAThreadThatIsNotBound) {
  Computer computer;
  std::mutex mutex;
  std::vector<std::string> compiled_parts;
  std::set<size_t> cores;
  const auto compiled = computer.compiled();
  computer.cpu.on_compile = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    compiled_parts.push_back(part);
    cores.insert(allowed_cores().size());
  };
  const auto inputs = random_inputs(computer.model.graph, 4);
  const Bytes expected = testing::fake_evaluate(computer.model.graph, inputs)[0];
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      Session session(compiled);
      for (int i = 0; i < 20; ++i) wrong += run(session, inputs[0]) != expected;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_THAT(compiled_parts, ::testing::UnorderedElementsAre("two/s1.dsp", "two/s2.dsp"));
  EXPECT_EQ(cores, std::set<size_t>{allowed_cores().size()});
}

TEST(Standby, TakesOverWhatCannotBeMadeReady) {
  const auto inputs = random_inputs(testing::two_branches().graph, 1);
  for (auto FakeEngine::*when : {&FakeEngine::on_instantiate, &FakeEngine::on_bind}) {
    Computer computer;
    computer.calls_until_lost = 1000;
    computer.dsp.*when = [](const std::string& part) {
      if (part == "two/s2.dsp") throw EngineError({.what = "no memory"});
    };
    const auto compiled = computer.compiled();
    for (int i = 0; i < 2; ++i) {
      Session session(compiled);
      EXPECT_EQ(run(session, inputs[0]), testing::fake_evaluate(computer.model.graph, inputs)[0]);
    }
    const auto fallbacks = compiled->fallbacks();
    ASSERT_EQ(fallbacks.size(), 1u);
    EXPECT_EQ(fallbacks[0].op, "s2.dsp");
    EXPECT_EQ(fallbacks[0].reason, "the_dsp failed while it was made ready: no memory");
    EXPECT_EQ(fallbacks[0].ran_on, "the_cpu");
    EXPECT_ERROR(Session(computer.compiled(/*strict=*/true)), EngineError, "no memory");
  }
}

// Of a dsp that refuses a part, as real ones do, only when it is compiled.
struct LateRefusal : Computer {
  LateRefusal() {
    calls_until_lost = 1000;
    dsp.on_compile = [](const std::string& part) {
      if (part == "two/s1.dsp") throw EngineError({.what = "no such kernel"});
    };
  }
};

TEST(CompiledPlan, MovesAPartThatIsRefusedAtCompilationToTheCpuAndSaysSo) {
  LateRefusal computer;
  const auto compiled = computer.compiled();
  const plan::Plan& plan = compiled->plan();
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const bool stays = plan.parts[i].name == "s2.dsp";
    EXPECT_EQ(plan.processors[plan.parts[i].processor].name, stays ? "the_dsp" : "the_cpu");
    EXPECT_EQ(compiled->engine(i), stays ? "lossy" : "fake");
  }
  const auto fallbacks = compiled->fallbacks();
  ASSERT_EQ(fallbacks.size(), 1u);
  EXPECT_EQ(fallbacks[0].op, "s1.dsp");
  EXPECT_EQ(fallbacks[0].reason, "the_dsp cannot compile it: no such kernel");
  EXPECT_EQ(fallbacks[0].ran_on, "the_cpu");
  for (const Order order : {Order::parallel, Order::sequential}) {
    Session session(compiled, order);
    for (uint32_t i = 0; i < 20; ++i) {
      const auto inputs = random_inputs(computer.model.graph, i);
      ASSERT_EQ(run(session, inputs[0]), testing::fake_evaluate(computer.model.graph, inputs)[0]);
    }
  }
}

// The part stays what it was: its buffers are of that type, and what is told of it is true.
TEST(CompiledPlan, TellsThePrecisionOfAPartThatMovedToAnotherKindOfProcessor) {
  LateRefusal computer;
  plan::Machine machine = computer.machine();
  machine.processors[1].precision = engines::Precision::f32;
  const auto compiled = computer.compiled(false, machine);
  const plan::Plan& plan = compiled->plan();
  for (const plan::PlanPart& part : plan.parts) {
    const engines::Processor& processor = plan.processors[part.processor];
    EXPECT_EQ(processor.precision == engines::Precision::f32, part.role == "dsp") << part.name;
    if (part.name == "s1.dsp") {
      EXPECT_EQ(processor.name, "the_cpu-f32");
    }
  }
  EXPECT_EQ(compiled->fallbacks().at(0).ran_on, "the_cpu-f32");
}

TEST(CompiledPlan, HasNoWorkerForAProcessorThatRefusedEverything) {
  Computer computer;
  computer.dsp.on_compile = [](const std::string&) { throw EngineError({.what = "no driver"}); };
  const auto compiled = computer.compiled();
  ASSERT_EQ(compiled->plan().processors.size(), 1u);
  EXPECT_EQ(compiled->plan().processors[0].name, "the_cpu");
  EXPECT_EQ(compiled->fallbacks().size(), 2u);
  Session session(compiled);
  const auto inputs = random_inputs(computer.model.graph, 1);
  EXPECT_EQ(run(session, inputs[0]), testing::fake_evaluate(computer.model.graph, inputs)[0]);
}

TEST(CompiledPlan, IsAnErrorWithTheReasonIfAPartIsRefusedInStrictModeOrOnBoth) {
  LateRefusal computer;
  const auto reason = [&](bool strict) -> std::string {
    try {
      computer.compiled(strict);
      return "none";
    } catch (const EngineError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(reason(/*strict=*/true), "s1.dsp on the_dsp: no such kernel");
  computer.cpu.on_compile = [](const std::string& part) {
    if (part == "two/s1.dsp") throw EngineError({.what = "no memory"});
  };
  EXPECT_EQ(reason(/*strict=*/false),
            "s1.dsp on the_dsp: no such kernel; and the_cpu cannot take the part over: no memory");
}

// A machine file may name a GPU and a DSP only.
TEST(CompiledPlan, FallsBackOnAllCoresIfTheMachineHasNoCpu) {
  LateRefusal computer;
  computer.dsp.refused = {{"dsp", "mean"}};
  plan::Machine machine = computer.machine();
  machine.processors.erase(machine.processors.begin());
  const auto compiled = computer.compiled(/*strict=*/false, machine);
  std::map<std::string, std::string> reasons;
  for (const plan::Fallback& fallback : compiled->fallbacks()) {
    reasons[fallback.op] = fallback.reason;
    EXPECT_EQ(fallback.ran_on, fallback.op == "role cpu" ? "the_dsp" : "all-cores");
  }
  EXPECT_EQ(reasons["role cpu"], "the machine has no processor for the role 'cpu'");
  EXPECT_EQ(reasons["head"], "the_dsp refuses mean: it is refused by the test");
  Session session(compiled);
  const auto inputs = random_inputs(computer.model.graph, 2);
  EXPECT_EQ(run(session, inputs[0]), testing::fake_evaluate(computer.model.graph, inputs)[0]);
  const auto& last = compiled->plan().processors.back();
  EXPECT_EQ(last.name, "all-cores");
  EXPECT_EQ(last.cores, allowed_cores());
  EXPECT_ERROR(computer.compiled(/*strict=*/true, machine), EngineError,
               "no processor for the role 'cpu'", "without `strict`");
}

TEST(Standby, LeavesPartsOfACpuAlone) {
  FakeEngine engine;
  engine.on_run = [](const std::string&) { throw EngineError({.what = "injected"}); };
  const auto compiled = testing::compiled(engine, testing::two_branches(),
                                          testing::machine_of({"cpu", "dsp"}), false);
  Session session(compiled);
  EXPECT_ERROR(session.run(), EngineError, "stem on the_cpu: injected");
  EXPECT_TRUE(compiled->fallbacks().empty());
}

}  // namespace
}  // namespace nnstretch::runtime
