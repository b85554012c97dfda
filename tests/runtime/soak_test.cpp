// Hours of use in short: sessions come, run, are cancelled and go, and every answer is checked.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "base/error.h"
#include "base/memory.h"
#include "engines/list.h"
#include "runtime/session.h"
#include "runtime/sessions.h"
#include "runtime/stream.h"

namespace nnstretch::runtime {
namespace {

using testing::Bytes;

bool full() { return std::getenv("NNSTRETCH_FULL") != nullptr; }

struct Soak {
  std::shared_ptr<const CompiledPlan> plan;
  std::vector<Bytes> inputs, answers;  // of one input each
  int target = 0;                      // inferences of all users together
  std::atomic<int> done = 0, wrong = 0, cancelled = 0;
  // Sessions as the canceller reaches them; a user takes his away before it ends.
  std::mutex mutex;
  std::vector<Session*> sessions = std::vector<Session*>(4, nullptr);
};

void set_session(Soak& soak, size_t user, Session* session) {
  const std::lock_guard lock(soak.mutex);
  soak.sessions[user] = session;
}

// Sessions of some hundred inferences each.
void use_sessions(Soak& soak, size_t user, uint32_t seed) {
  std::mt19937 random(seed);
  while (soak.done < soak.target) {
    Session session(soak.plan);
    set_session(soak, user, &session);
    Bytes output(session.output().size());
    for (size_t runs = 1 + random() % 500; runs > 0 && soak.done < soak.target; --runs) {
      const size_t which = random() % soak.inputs.size();
      try {
        session.run(soak.inputs[which], output);
        soak.wrong += output != soak.answers[which];
      } catch (const Cancelled&) {
        ++soak.cancelled;
      }
      ++soak.done;
    }
    set_session(soak, user, nullptr);
  }
}

void use_streams(Soak& soak, uint32_t seed) {
  std::mt19937 random(seed);
  while (soak.done < soak.target) {
    std::vector<size_t> asked;
    Stream stream(soak.plan, 1 + random() % 5, [&](const Answer& answer) {
      const Bytes& expected = soak.answers[asked.at(answer.number())];
      soak.wrong += !std::equal(expected.begin(), expected.end(), answer.output().begin());
      ++soak.done;
    });
    for (size_t requests = random() % 500; requests > 0 && soak.done < soak.target; --requests) {
      asked.push_back(random() % soak.inputs.size());
      stream.submit(soak.inputs[asked.back()]);
    }
    if (random() % 2) stream.wait_all();  // or it ends with requests in flight
  }
}

// Every few inferences, some session.
void cancel_some(Soak& soak, uint32_t seed) {
  std::mt19937 random(seed);
  while (soak.done < soak.target) {
    {
      const std::lock_guard lock(soak.mutex);
      if (Session* session = soak.sessions[random() % soak.sessions.size()]) session->cancel();
    }
    const int next = soak.done + 1 + static_cast<int>(random() % 40);
    while (soak.done < next && soak.done < soak.target) std::this_thread::yield();
  }
}

void run_users(Soak& soak, int target, uint32_t seed) {
  soak.target = target;
  std::vector<std::thread> threads;
  for (size_t user = 0; user < soak.sessions.size(); ++user)
    threads.emplace_back(
        [&, user] { use_sessions(soak, user, seed + static_cast<uint32_t>(user)); });
  threads.emplace_back([&] { use_streams(soak, seed + 10); });
  threads.emplace_back([&] { cancel_some(soak, seed + 11); });
  for (std::thread& thread : threads) thread.join();
}

class SoakOn : public ::testing::TestWithParam<const char*> {};

TEST_P(SoakOn, GivesTheSequentialAnswerEachTimeAndKeepsItsMemory) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  const testing::FakeEngine fake;
  const bool is_fake = GetParam() == fake.name();
  const EngineFinder find = is_fake ? fake.finder() : EngineFinder(engines::find_engine);
  Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) processor.engine = GetParam();
  const ir::Model model = testing::two_branches();
  Soak soak;
  soak.plan = compile(make_plan(model, machine, {.strict = true, .find = find}), find);
  Session sequential(soak.plan, Order::sequential);
  for (uint32_t i = 0; i < 16; ++i) {
    std::vector<float> values(4 * 4 * 4);
    std::mt19937 random(i);
    for (float& value : values) value = std::uniform_real_distribution<float>(-1, 1)(random);
    const auto bytes = std::as_bytes(std::span(values));
    soak.inputs.emplace_back(bytes.begin(), bytes.end());
    soak.answers.emplace_back(sequential.output().size());
    sequential.run(soak.inputs.back(), soak.answers.back());
  }
  const int count = full() ? 100'000 : 10'000;
  run_users(soak, count / 2, seed);
  const size_t before = resident_bytes();
  run_users(soak, count, seed + 100);
  EXPECT_EQ(soak.wrong, 0);
  EXPECT_GE(soak.done, count);
  EXPECT_GT(soak.cancelled, 0);
  RecordProperty("cancelled", soak.cancelled);
  RecordProperty("grown_bytes", std::to_string(resident_bytes() - before));
#ifndef __SANITIZE_THREAD__  // keeps a history of every thread
  if (full()) {
    EXPECT_LT(resident_bytes(), before + (4u << 20));
  }
#endif
}

INSTANTIATE_TEST_SUITE_P(Soak, SoakOn, ::testing::Values("fake", "reference"));

}  // namespace
}  // namespace nnstretch::runtime
