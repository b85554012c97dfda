// Engines that hang: who waits, who goes on, and what comes after.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "runtime/session.h"
#include "runtime/sessions.h"
#include "runtime/stream.h"

namespace nnstretch::runtime {
namespace {

using testing::Bytes;
using testing::FakeEngine;
using testing::random_inputs;
using testing::Recorder;

// An engine whose first call of a part ends only when it is let go.
struct Hanging {
  explicit Hanging(const std::string& part) {
    engine.on_run = [this, part](const std::string& name) {
      if (name != part || has_hung.exchange(true)) return;
      recorder.note("hangs");
      recorder.wait_until("let go");
    };
  }
  Bytes expected() const { return testing::fake_evaluate(model.graph, inputs)[0]; }

  Recorder recorder;
  std::atomic<bool> has_hung = false;
  FakeEngine engine;
  const ir::Model model = testing::two_branches();
  const std::vector<Bytes> inputs = random_inputs(model.graph, 1);
  const std::shared_ptr<const CompiledPlan> plan =
      testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"}));
};

// The answer of one run; empty if it was cancelled.
Bytes run(Session& session, const Hanging& hanging) try {
  Bytes output(session.output().size());
  session.run(hanging.inputs[0], output);
  return output;
} catch (const Cancelled&) {
  return {};
}

TEST(HangingEngine, IsWaitedForThoughTheRunIsCancelled) {
  for (const std::string part : {"two/stem", "two/s1.dsp", "two/head"}) {
    SCOPED_TRACE(part);
    Hanging hanging(part);
    Session session(hanging.plan);
    std::thread user([&] {
      EXPECT_TRUE(run(session, hanging).empty());
      hanging.recorder.note("ended");
    });
    hanging.recorder.wait_until("hangs");
    session.cancel();
    hanging.recorder.note("let go");
    user.join();
    EXPECT_EQ(hanging.recorder.notes(), (std::vector<std::string>{"hangs", "let go", "ended"}));
    EXPECT_EQ(run(session, hanging), hanging.expected());
  }
}

TEST(HangingEngine, HoldsItsOwnSessionOnly) {
  Hanging hanging("two/s1.dsp");
  Session held(hanging.plan);
  std::thread user([&] { EXPECT_EQ(run(held, hanging), hanging.expected()); });
  hanging.recorder.wait_until("hangs");
  Session other(hanging.plan);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(run(other, hanging), hanging.expected());
  hanging.recorder.note("let go");
  user.join();
  EXPECT_EQ(run(held, hanging), hanging.expected());
}

TEST(HangingEngine, HoldsTheEndOfAStreamUntilItComesBack) {
  Hanging hanging("two/s1.dsp");
  std::thread user([&] {
    Stream stream(hanging.plan, 2, [](const Answer&) {});
    stream.submit(hanging.inputs[0]);
    hanging.recorder.wait_until("hangs");
    hanging.recorder.note("ending");
  });
  hanging.recorder.wait_until("ending");
  hanging.recorder.note("let go");
  user.join();
}

TEST(HangingEngine, OfASecondGivesTheRightAnswerAfterIt) {
  if (!std::getenv("NNSTRETCH_FULL")) GTEST_SKIP() << "it waits for seconds: --full";
  FakeEngine engine;
  std::mutex mutex;
  std::condition_variable nobody_rings;
  std::atomic<int> until_hang = 0;
  engine.on_run = [&](const std::string&) {
    if (until_hang.fetch_sub(1) != 1) return;
    std::unique_lock lock(mutex);
    nobody_rings.wait_for(lock, std::chrono::seconds(1), [] { return false; });
  };
  const ir::Model model = testing::two_branches();
  Session session(testing::compiled(engine, model, testing::machine_of({"cpu", "dsp"})));
  const auto inputs = random_inputs(model.graph, 1);
  const auto expected = testing::fake_evaluate(model.graph, inputs)[0];
  Bytes output(expected.size());
  const int parts = static_cast<int>(session.plan().parts.size());
  for (int nth = 1; nth <= parts + 1; ++nth) {  // the last time nothing hangs
    until_hang = nth;
    session.run(inputs[0], output);
    EXPECT_EQ(output, expected);
    EXPECT_EQ(session.timeline().latency_us >= 1e6, nth <= parts) << nth;
  }
}

}  // namespace
}  // namespace nnstretch::runtime
