#include "runtime/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "base/threads.h"
#include "runtime/sessions.h"
#include "support/errors.h"

namespace nnstretch::runtime {
namespace {

using testing::Bytes;
using testing::FakeEngine;
using ::testing::HasSubstr;
using testing::random_inputs;
using testing::random_model;
using testing::Recorder;

Session session_of(const FakeEngine& engine, const ir::Model& model, const plan::Machine& machine,
                   Order order = Order::parallel) {
  return Session(testing::compiled(engine, model, machine), order);
}

std::vector<Bytes> run(Session& session, const std::vector<Bytes>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i)
    std::copy(inputs[i].begin(), inputs[i].end(), session.input(i).begin());
  session.run();
  std::vector<Bytes> outputs;
  for (size_t i = 0; i < session.plan().outputs.size(); ++i)
    outputs.emplace_back(session.output(i).begin(), session.output(i).end());
  return outputs;
}

TEST(Session, GivesTheBytesOfTheWholeGraphInParallelAndInSequence) {
  const FakeEngine engine;
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const ir::Model model = random_model(seed);
    const plan::Machine machine = testing::machine_of(plan::roles_of(model.graph));
    for (const Order order : {Order::parallel, Order::sequential}) {
      Session session = session_of(engine, model, machine, order);
      for (uint32_t round = 0; round < 5; ++round) {
        const auto inputs = random_inputs(model.graph, round);
        ASSERT_EQ(run(session, inputs), testing::fake_evaluate(model.graph, inputs));
      }
    }
  }
}

TEST(Session, RunsBranchesAtTheSameTime) {
  Recorder recorder;
  FakeEngine engine;
  // Each branch waits inside its engine until the other has begun: in sequence this would hang.
  engine.on_run = [&](const std::string& part) {
    recorder.note(part);
    if (part == "two/s1.cpu") recorder.wait_until("two/s1.dsp");
    if (part == "two/s1.dsp") recorder.wait_until("two/s1.cpu");
  };
  const ir::Model model = testing::two_branches();
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  const auto inputs = random_inputs(model.graph, 1);
  EXPECT_EQ(run(session, inputs), testing::fake_evaluate(model.graph, inputs));
}

TEST(Session, RunsPartsInThePlansOrderWhenSequential) {
  Recorder recorder;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) { recorder.note(part); };
  Session session = session_of(engine, testing::two_branches(), testing::machine_of({"cpu", "dsp"}),
                               Order::sequential);
  session.run();
  std::vector<std::string> expected;
  for (const plan::PlanPart& part : session.plan().parts) expected.push_back(part.model.name);
  EXPECT_EQ(recorder.notes(), expected);
}

TEST(Session, CopiesInAndOutAndChecksTheSizes) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  const auto inputs = random_inputs(model.graph, 2);
  Bytes output(session.output().size());
  session.run(inputs[0], output);
  EXPECT_EQ(output, testing::fake_evaluate(model.graph, inputs)[0]);
  EXPECT_ERROR(session.run(std::span(inputs[0]).first(3), output), ShapeError,
               "the input has 3 bytes", "the network's has 256");
  EXPECT_ERROR(session.run(inputs[0], std::span(output).first(3)), ShapeError,
               "the output has 3 bytes", "the network's has 64");
}

TEST(Session, AlignsEveryBufferTo64Bytes) {
  const FakeEngine engine;
  Session session = session_of(engine, random_model(3), testing::machine_of(testing::kRoles));
  for (size_t i = 0; i < session.plan().inputs.size(); ++i)
    EXPECT_EQ(reinterpret_cast<uintptr_t>(session.input(i).data()) % 64, 0u);
}

TEST(Session, RethrowsAFailureWithPartAndProcessorAndStaysUsable) {
  FakeEngine engine;
  std::atomic<bool> fail = true;
  engine.on_run = [&](const std::string& part) {
    if (fail && part == "two/s2.dsp") throw EngineError({.what = "the driver is gone"});
  };
  const ir::Model model = testing::two_branches();
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  try {
    session.run();
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_STREQ(error.what(), "s2.dsp on the_dsp: the driver is gone");
  }
  fail = false;
  const auto inputs = random_inputs(model.graph, 3);
  EXPECT_EQ(run(session, inputs), testing::fake_evaluate(model.graph, inputs));
}

TEST(Session, TurnsWhateverAnEngineThrowsIntoAnEngineError) {
  FakeEngine engine;
  engine.on_run = [](const std::string&) { throw 42; };
  Session session =
      session_of(engine, testing::two_branches(), testing::machine_of({"cpu", "dsp"}));
  EXPECT_ERROR(session.run(), EngineError, "stem on the_cpu", "no exception");
  engine.on_run = [](const std::string&) { throw std::bad_alloc(); };
  EXPECT_ERROR(session.run(), EngineError, "stem on the_cpu: std::bad_alloc");
}

TEST(Session, SurvivesThousandsOfRunsThatFailAtAnyCall) {
  FakeEngine engine;
  std::atomic<int> until_failure = 0;
  engine.on_run = [&](const std::string&) {
    if (until_failure.fetch_sub(1) == 1) throw EngineError({.what = "injected"});
  };
  const ir::Model model = random_model(17, 60);
  Session session = session_of(engine, model, testing::machine_of(testing::kRoles));
  const int parts = static_cast<int>(session.plan().parts.size());
  ASSERT_GT(parts, 8);
  const auto inputs = random_inputs(model.graph, 4);
  const auto expected = testing::fake_evaluate(model.graph, inputs);
  for (int round = 0; round < 3000; ++round) {
    until_failure = 1 + round % (parts + 1);  // one round in parts + 1 does not fail
    if (until_failure == parts + 1) {
      ASSERT_EQ(run(session, inputs), expected);
    } else {
      ASSERT_THROW(run(session, inputs), EngineError);
    }
  }
}

TEST(Session, LeavesOutWhatDependsOnAFailedPart) {
  Recorder recorder;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    recorder.note(part);
    if (part == "two/s1.dsp") throw EngineError({.what = "injected"});
  };
  Session session =
      session_of(engine, testing::two_branches(), testing::machine_of({"cpu", "dsp"}));
  EXPECT_ERROR(session.run(), EngineError, "s1.dsp on the_dsp: injected");
  for (const std::string& part : recorder.notes())
    EXPECT_TRUE(part == "two/stem" || part == "two/s1.cpu" || part == "two/s1.dsp") << part;
}

TEST(Session, MayRunInSeveralThreadsAtOnceAndShareCompiledParts) {
  const FakeEngine engine;
  const ir::Model model = random_model(23);
  const auto compiled = testing::compiled(engine, model, testing::machine_of(testing::kRoles));
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (uint32_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Session session(compiled);
      const auto inputs = random_inputs(model.graph, t);
      const auto expected = testing::fake_evaluate(model.graph, inputs);
      for (int round = 0; round < 100; ++round) wrong += run(session, inputs) != expected;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Session, UsesMemoryOfTheCallerInPlace) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  const auto compiled = testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"}));
  const auto inputs = random_inputs(model.graph, 7);
  AlignedBytes in(inputs[0].size()), out(16 * sizeof(float));
  Session session(compiled, Order::parallel, {.inputs = {in.bytes()}, .outputs = {out.bytes()}});
  EXPECT_EQ(session.input().data(), in.data());
  EXPECT_EQ(session.output().data(), out.data());
  std::copy(inputs[0].begin(), inputs[0].end(), in.data());
  session.run();
  EXPECT_EQ(Bytes(out.data(), out.data() + out.size()),
            testing::fake_evaluate(model.graph, inputs)[0]);
}

TEST(Session, RefusesMemoryOfTheCallerThatDoesNotFit) {
  const FakeEngine engine;
  const auto compiled =
      testing::compiled(engine, testing::two_branches(), testing::machine_of({"cpu", "dsp"}));
  AlignedBytes memory(1024);
  const auto reason = [&](const Memory& given) -> std::string {
    try {
      Session session(compiled, Order::parallel, given);
      return "none";
    } catch (const ShapeError& error) {
      return error.what();
    }
  };
  const size_t bytes = 4 * 4 * 4 * sizeof(float);
  EXPECT_EQ(reason({.inputs = {memory.bytes().first(bytes)}}), "none");
  EXPECT_THAT(reason({.inputs = {memory.bytes()}}), HasSubstr("1024 bytes"));
  EXPECT_THAT(reason({.inputs = {memory.bytes().subspan(4, bytes)}}), HasSubstr("multiple of 64"));
  EXPECT_THAT(reason({.outputs = {memory.bytes(), memory.bytes()}}), HasSubstr("2 outputs"));
}

TEST(Session, EndsARunThatAnotherThreadCancels) {
  Recorder recorder;
  FakeEngine engine;
  std::atomic<bool> hold = true;
  engine.on_run = [&](const std::string& part) {
    recorder.note(part);
    if (hold && part == "two/s1.dsp") recorder.wait_until("cancelled");
  };
  const ir::Model model = testing::two_branches();
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  std::thread other([&] {
    recorder.wait_until("two/s1.dsp");
    session.cancel();
    recorder.note("cancelled");
  });
  EXPECT_THROW(session.run(), Cancelled);
  other.join();
  for (const std::string& part : recorder.notes())
    EXPECT_FALSE(part == "two/s2.dsp" || part == "two/head") << part;
  hold = false;
  const auto inputs = random_inputs(model.graph, 8);
  EXPECT_EQ(run(session, inputs), testing::fake_evaluate(model.graph, inputs));
}

TEST(Session, TakesNoNoticeOfACancelBetweenRuns) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  session.cancel();
  session.run();
  session.cancel();
  EXPECT_GT(session.run_part_alone(0), 0);
}

TEST(Session, EndsCleanlyWithoutARunAndRightAfterOne) {
  const FakeEngine engine;
  const ir::Model model = random_model(5);
  const auto compiled = testing::compiled(engine, model, testing::machine_of(testing::kRoles));
  for (int round = 0; round < 100; ++round) {
    Session session(compiled);
    for (int runs = round % 3; runs-- > 0;) session.run();
  }
}

TEST(Session, RunsEachProcessorsPartsOnOneThreadBoundToItsCores) {
  const std::vector<int> callers = allowed_cores(), first = {callers.front()},
                         last = {callers.back()};
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[0].cores = first;
  machine.processors[1].cores = last;
  std::mutex mutex;
  std::map<std::string, std::set<std::thread::id>> threads;
  std::map<std::string, std::set<std::vector<int>>> cores;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    const std::string role = part.ends_with(".dsp") ? "dsp" : "cpu";
    threads[role].insert(std::this_thread::get_id());
    cores[role].insert(allowed_cores());
  };
  Session session = session_of(engine, testing::two_branches(), machine);
  for (int round = 0; round < 5; ++round) session.run();
  EXPECT_EQ(threads["cpu"], std::set{std::this_thread::get_id()});  // has the last part: the caller
  EXPECT_EQ(threads["dsp"].size(), 1u);
  EXPECT_NE(threads["cpu"], threads["dsp"]);
  EXPECT_EQ(cores["cpu"], std::set{first});
  EXPECT_EQ(cores["dsp"], std::set{last});
  EXPECT_EQ(allowed_cores(), callers);
}

TEST(Session, RefusesCoresThatDoNotExist) {
  const std::vector<int> callers = allowed_cores();
  for (const size_t refused : {0, 1}) {  // the caller's, and a thread's
    plan::Machine machine = testing::machine_of({"cpu", "dsp"});
    machine.processors[refused].cores = {1000};
    const FakeEngine engine;
    try {
      session_of(engine, testing::two_branches(), machine);
      FAIL() << "no error";
    } catch (const EngineError& error) {
      EXPECT_THAT(error.what(), HasSubstr(machine.processors[refused].name));
      EXPECT_THAT(error.what(), HasSubstr("1000"));
    }
    EXPECT_EQ(allowed_cores(), callers);
  }
}

TEST(Session, GivesTheCallerItsCoresBackAfterAFailure) {
  const std::vector<int> callers = allowed_cores();
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[0].cores = {callers.front()};
  machine.processors[1].cores = {callers.back()};
  for (const std::string fails : {"two/s1.cpu", "two/s1.dsp", "two/head"}) {
    FakeEngine engine;
    engine.on_run = [&](const std::string& part) {
      if (part == fails) throw EngineError({.what = "injected"});
    };
    Session session = session_of(engine, testing::two_branches(), machine);
    EXPECT_THROW(session.run(), EngineError) << fails;
    EXPECT_EQ(allowed_cores(), callers);
    for (size_t part = 0; part < session.plan().parts.size(); ++part)
      if ("two/" + session.plan().parts[part].name == fails)
        EXPECT_ERROR(session.run_part_alone(part), EngineError, "injected");
      else
        EXPECT_GE(session.run_part_alone(part), 0);
    EXPECT_EQ(allowed_cores(), callers);
  }
}

// Where the last part's processor has no cores, the caller is the worker of one that has.
TEST(Session, IsNotUnboundOnACoreOfAnotherWorker) {
  const std::vector<int> callers = allowed_cores();
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[1].cores = {callers.back()};
  std::mutex mutex;
  std::map<bool, std::set<std::thread::id>> threads;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    threads[part.ends_with(".dsp")].insert(std::this_thread::get_id());
  };
  Session session = session_of(engine, testing::two_branches(), machine);
  session.run();
  EXPECT_EQ(threads[true], std::set{std::this_thread::get_id()});
  EXPECT_EQ(threads[false].count(std::this_thread::get_id()), 0u);
}

// Sessions may go from thread to thread.
TEST(Session, ComputesForOneCallerAfterAnother) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  const auto inputs = random_inputs(model.graph, 7);
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  std::copy(inputs[0].begin(), inputs[0].end(), session.input().begin());
  const Bytes expected = testing::fake_evaluate(model.graph, inputs)[0];
  for (int round = 0; round < 20; ++round)
    std::thread([&] {
      session.run();
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), session.output().begin()));
    }).join();
}

TEST(Session, NamesThePartAnEngineCannotCompile) {
  FakeEngine engine;
  engine.on_compile = [](const std::string& part) {
    if (part == "two/s1.dsp") throw EngineError({.what = "no such kernel"});
  };
  try {
    session_of(engine, testing::two_branches(), testing::machine_of({"cpu", "dsp"}));
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_STREQ(error.what(), "s1.dsp on the_dsp: no such kernel");
  }
}

TEST(Session, RunsOnePartAlone) {
  Recorder recorder;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) { recorder.note(part); };
  const ir::Model model = testing::two_branches();
  Session session = session_of(engine, model, testing::machine_of({"cpu", "dsp"}));
  for (size_t part = 0; part < session.plan().parts.size(); ++part) {
    EXPECT_GT(session.run_part_alone(part), 0);
    EXPECT_EQ(recorder.notes().back(), session.plan().parts[part].model.name);
    EXPECT_EQ(recorder.notes().size(), part + 1);
  }
  const auto inputs = random_inputs(model.graph, 6);
  EXPECT_EQ(run(session, inputs), testing::fake_evaluate(model.graph, inputs));
  EXPECT_ERROR(session.run_part_alone(99), EngineError, "no part 99");
}

TEST(Session, TellsWhenEachPartRan) {
  const FakeEngine engine;
  for (const Order order : {Order::parallel, Order::sequential}) {
    Session session =
        session_of(engine, random_model(31), testing::machine_of(testing::kRoles), order);
    session.run();
    const Timeline line = session.timeline();
    const plan::Plan& plan = session.plan();
    ASSERT_EQ(line.parts.size(), plan.parts.size());
    for (size_t i = 0; i < line.parts.size(); ++i) {
      const PartTiming& at = line.parts[i];
      EXPECT_LE(0, at.free);
      EXPECT_LE(at.free, at.start);
      EXPECT_LT(at.start, at.end);
      EXPECT_LE(at.end, line.latency_us);
      for (const size_t before : plan.parts[i].after) EXPECT_LE(line.parts[before].end, at.start);
      if (order == Order::sequential && i > 0) {
        EXPECT_LE(line.parts[i - 1].end, at.start);
      }
    }
  }
}

}  // namespace
}  // namespace nnstretch::runtime
