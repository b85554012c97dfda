#include "runtime/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/threads.h"
#include "runtime/sessions.h"
#include "support/errors.h"

namespace nnstretch::runtime {
namespace {

using testing::Bytes;
using testing::FakeEngine;
using testing::random_inputs;
using testing::random_model;
using testing::Recorder;

// Keeps what came, in the order in which it came.
struct Answers {
  std::vector<uint64_t> numbers;
  std::vector<std::vector<Bytes>> outputs;
  std::vector<std::string> errors;  // of those that failed

  OnAnswer keep(size_t count) {
    return [this, count](const Answer& answer) {
      numbers.push_back(answer.number());
      std::vector<Bytes> values;
      try {
        for (size_t i = 0; i < count; ++i)
          values.emplace_back(answer.output(i).begin(), answer.output(i).end());
      } catch (const Error& error) {
        errors.push_back(error.what());
      }
      outputs.push_back(values);
    };
  }
};

TEST(Stream, GivesTheBytesOfTheWholeGraphInTheOrderOfSubmission) {
  const FakeEngine engine;
  for (uint32_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    const ir::Model model = random_model(seed);
    const auto compiled =
        testing::compiled(engine, model, testing::machine_of(plan::roles_of(model.graph)));
    for (const size_t in_flight : {1, 2, 5}) {
      Answers answers;
      std::vector<std::vector<Bytes>> expected;
      Stream stream(compiled, in_flight, answers.keep(model.graph.outputs().size()));
      for (uint32_t request = 0; request < 20; ++request) {
        const auto inputs = random_inputs(model.graph, request);
        expected.push_back(testing::fake_evaluate(model.graph, inputs));
        stream.submit(testing::views(inputs));
      }
      stream.wait_all();
      ASSERT_EQ(answers.outputs, expected);
      for (size_t i = 0; i < answers.numbers.size(); ++i) ASSERT_EQ(answers.numbers[i], i);
    }
  }
}

TEST(Stream, WorksOnTheNextRequestWhileAProcessorWouldWait) {
  Recorder recorder;
  FakeEngine engine;
  // The first request's dsp branch ends only when the cpu has run its branch of the second: without
  // two requests in flight this would hang.
  engine.on_run = [&](const std::string& part) {
    recorder.note(part);
    if (part == "two/s1.dsp") recorder.wait_until("two/s1.cpu", 2);
  };
  const ir::Model model = testing::two_branches();
  Answers answers;
  Stream stream(testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"})), 2,
                answers.keep(1));
  const auto inputs = random_inputs(model.graph, 1);
  for (int i = 0; i < 2; ++i) stream.submit(inputs[0]);
  stream.wait_all();
  const auto expected = testing::fake_evaluate(model.graph, inputs);
  EXPECT_EQ(answers.outputs, (std::vector<std::vector<Bytes>>{expected, expected}));
}

TEST(Stream, RunsTheOldestRequestFirst) {
  Recorder recorder;
  FakeEngine engine;
  // The first request's first part ends only when the second is there too.
  engine.on_run = [&](const std::string& part) {
    recorder.note(part);
    if (part == "two/stem") recorder.wait_until("all submitted");
  };
  const ir::Model model = testing::two_branches();
  Answers answers;
  const plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  const plan::Plan two = plan::make_plan(model, machine, engine.here());
  const plan::Plan one = plan::on_one_processor(two, machine.processors[0]);
  Stream stream(compile(one, engine.here()), 2, answers.keep(1));
  const auto inputs = random_inputs(model.graph, 1);
  stream.submit(inputs[0]);
  recorder.wait_until("two/stem");
  stream.submit(inputs[0]);
  recorder.note("all submitted");
  stream.wait_all();
  // One processor: all of the first request, then all of the second.
  std::vector<std::string> once;
  for (const plan::PlanPart& part : stream.plan().parts) once.push_back(part.model.name);
  std::vector<std::string> expected = once;
  expected.insert(expected.begin() + 1, "all submitted");
  expected.insert(expected.end(), once.begin(), once.end());
  EXPECT_EQ(recorder.notes(), expected);
}

// Or the busier one would bound the throughput while the other stands still.
TEST(Stream, LetsProcessorsThatAreAlikeChangePlacesFromRequestToRequest) {
  const std::vector<int> cores = allowed_cores();
  if (cores.size() < 2) GTEST_SKIP() << "there is one core only";
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[0].cores = {cores[0]};
  machine.processors[1].cores = {cores[1]};
  FakeEngine engine;
  std::mutex mutex;
  std::map<std::string, std::vector<int>> ran_on;  // part: cores, in order
  engine.on_run = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    ran_on[part].push_back(allowed_cores().at(0));
  };
  const ir::Model model = testing::two_branches();
  const auto inputs = random_inputs(model.graph, 1);
  std::vector<size_t> told;
  Stream stream(testing::compiled(engine, model, machine), 2, [&](const Answer& answer) {
    told.push_back(answer.processor(0));
    const auto output = answer.output();
    EXPECT_EQ(Bytes(output.begin(), output.end()), testing::fake_evaluate(model.graph, inputs)[0]);
  });
  for (int i = 0; i < 2; ++i) {
    stream.submit(inputs[0]);
    stream.wait_all();  // so that the order is known
  }
  EXPECT_EQ(ran_on["two/stem"], (std::vector{cores[0], cores[1]}));
  EXPECT_EQ(ran_on["two/s1.dsp"], (std::vector{cores[1], cores[0]}));
  EXPECT_EQ(told, (std::vector<size_t>{0, 1}));
}

// Their threads are bound to the cores of the processor that a part was compiled for.
TEST(Stream, LeavesPartsOfSeveralThreadsWhereTheyWereCompiled) {
  const std::vector<int> cores = allowed_cores();
  if (cores.size() < 2) GTEST_SKIP() << "there is one core only";
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (size_t p = 0; p < 2; ++p) {
    machine.processors[p].cores = {cores[p]};
    machine.processors[p].threads = 2;
  }
  FakeEngine engine;
  const ir::Model model = testing::two_branches();
  std::vector<size_t> told;
  Stream stream(testing::compiled(engine, model, machine), 2,
                [&](const Answer& answer) { told.push_back(answer.processor(0)); });
  for (int i = 0; i < 2; ++i) {
    stream.submit(random_inputs(model.graph, 1)[0]);
    stream.wait_all();
  }
  EXPECT_EQ(told, (std::vector<size_t>{0, 0}));
}

TEST(Stream, RunsWholeNetworksInTurnIfThePlanIsForThroughput) {
  const auto cores = allowed_cores();
  if (cores.size() < 2) GTEST_SKIP() << "there is one core only";
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  machine.processors[0].cores = {cores[0]};
  machine.processors[1].cores = {cores[1]};
  const plan::Surroundings here = engine.here();
  const auto compiled = compile(plan::make_throughput_plan(model, machine, here), here);
  ASSERT_EQ(compiled->plan().parts.size(), 1u);
  std::vector<size_t> processors;
  std::vector<Bytes> answers, expected;
  Stream stream(compiled, 2, [&](const Answer& answer) {
    processors.push_back(answer.processor(0));
    answers.emplace_back(answer.output().begin(), answer.output().end());
  });
  for (uint32_t request = 0; request < 4; ++request) {
    const auto inputs = random_inputs(model.graph, request);
    expected.push_back(testing::fake_evaluate(model.graph, inputs)[0]);
    stream.submit(testing::views(inputs));
  }
  stream.wait_all();
  EXPECT_EQ(answers, expected);
  EXPECT_EQ(processors, (std::vector<size_t>{0, 1, 0, 1}));
}

TEST(Stream, TellsWhichRequestFailedAndGoesOn) {
  FakeEngine engine;
  std::atomic<int> calls = 0;
  engine.on_run = [&](const std::string& part) {
    if (part == "two/s2.dsp" && ++calls % 3 == 0) throw EngineError({.what = "injected"});
  };
  const ir::Model model = testing::two_branches();
  Answers answers;
  Stream stream(testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"})), 3,
                answers.keep(1));
  const auto inputs = random_inputs(model.graph, 1);
  for (int i = 0; i < 300; ++i) stream.submit(inputs[0]);
  stream.wait_all();
  const auto expected = testing::fake_evaluate(model.graph, inputs);
  EXPECT_EQ(std::count(answers.outputs.begin(), answers.outputs.end(), expected), 200);
  ASSERT_EQ(answers.errors.size(), 100u);
  EXPECT_EQ(answers.errors[0], "s2.dsp on the_dsp: injected");
}

TEST(Stream, EndsWhileRequestsAreInFlight) {
  const FakeEngine engine;
  const ir::Model model = random_model(9);
  const auto compiled = testing::compiled(engine, model, testing::machine_of(testing::kRoles));
  const auto inputs = random_inputs(model.graph, 1);
  for (int round = 0; round < 100; ++round) {
    Stream stream(compiled, 4, [](const Answer&) {});
    for (int i = 0; i < round % 6; ++i) stream.submit(testing::views(inputs));
  }
}

TEST(Stream, RefusesInputsThatDoNotFitAndStaysUsable) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  Answers answers;
  const auto compiled = testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"}));
  Stream stream(compiled, 2, answers.keep(1));
  const auto inputs = random_inputs(model.graph, 1);
  EXPECT_ERROR(stream.submit(std::span(inputs[0]).first(3)), ShapeError, "the input has 3 bytes");
  EXPECT_ERROR(stream.submit(std::span<const std::span<const std::byte>>()), ShapeError,
               "0 inputs were given, the network has 1");
  stream.submit(inputs[0]);
  stream.wait_all();
  EXPECT_EQ(answers.outputs,
            std::vector<std::vector<Bytes>>{testing::fake_evaluate(model.graph, inputs)});
  EXPECT_ERROR(Stream(compiled, 0, answers.keep(1)), UsageError, "0 requests in flight",
               "1 to 1024");
}

TEST(Stream, LetsOutWhatTheCallerThrowsAndStaysUsable) {
  const FakeEngine engine;
  const ir::Model model = testing::two_branches();
  int count = 0;
  Stream stream(testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"})), 2,
                [&](const Answer& answer) {
                  ++count;
                  if (answer.number() == 1) throw 42;
                });
  const auto inputs = random_inputs(model.graph, 1);
  stream.submit(inputs[0]);
  const auto ask = [&] {  // the answer comes out of either, as soon as it is there
    stream.submit(inputs[0]);
    stream.wait_all();
  };
  EXPECT_THROW(ask(), int);
  stream.submit(inputs[0]);
  stream.wait_all();
  EXPECT_EQ(count, 3);
}

// An error of an older request comes out of submit(), which has taken the new one all the same.
TEST(Stream, LosesNoRequestWhenSubmitThrows) {
  FakeEngine engine;
  std::atomic<int> calls = 0;
  engine.on_run = [&](const std::string& part) {
    if (part == "two/s2.dsp" && ++calls % 3 == 0) throw EngineError({.what = "injected"});
  };
  const ir::Model model = testing::two_branches();
  for (const size_t in_flight : {1, 2, 5}) {
    calls = 0;
    std::vector<uint64_t> answered;
    std::vector<Bytes> outputs, expected;
    Stream stream(testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"})), in_flight,
                  [&](const Answer& answer) {
                    answered.push_back(answer.number());
                    outputs.emplace_back();
                    const auto output = answer.output();  // throws
                    outputs.back().assign(output.begin(), output.end());
                  });
    int errors = 0;
    const auto counting = [&](const auto& action) {
      try {
        action();
        return true;
      } catch (const EngineError& error) {
        EXPECT_STREQ(error.what(), "s2.dsp on the_dsp: injected");
        ++errors;
        return false;
      }
    };
    for (uint32_t i = 0; i < 60; ++i) {
      const auto inputs = random_inputs(model.graph, i);
      expected.push_back(testing::fake_evaluate(model.graph, inputs)[0]);
      counting([&] { stream.submit(inputs[0]); });
    }
    while (!counting([&] { stream.wait_all(); })) {}
    EXPECT_EQ(errors, 20);
    ASSERT_EQ(answered.size(), 60u);
    for (uint64_t i = 0; i < 60; ++i) {
      EXPECT_EQ(answered[i], i);
      if (i % 3 == 2)
        EXPECT_TRUE(outputs[i].empty());
      else
        EXPECT_EQ(outputs[i], expected[i]);
    }
  }
}

}  // namespace
}  // namespace nnstretch::runtime
