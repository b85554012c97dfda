// Threads that come to one session or stream at the wrong time: none hangs, nothing is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mman.h>

#include <functional>
#include <optional>
#include <thread>

#include "api/fake_network.h"
#include "api/limits.h"
#include "nnstretch/nnstretch.h"
#include "support/absent.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

using testing::Bytes;
using testing::FakeNetwork;
using testing::Recorder;
using testing::refuses;

class Callers : public testing::WithTimeLimit {
 protected:
  // The part stem waits in its first run until it is let go.
  void hold_the_stem() {
    fake.engine.on_run = [this](const std::string& part) {
      if (part != "two/stem" || held_.exchange(true)) return;
      recorder.note("runs");
      recorder.wait_until("let go");
    };
  }

  FakeNetwork fake;
  Recorder recorder;

 private:
  std::atomic<bool> held_ = false;
};

TEST_F(Callers, OfOneSessionAreRefusedButTheFirst) {
  hold_the_stem();
  Session session(fake.network());
  Bytes output(fake.expected().size());
  std::thread first([&] { session.run(fake.input(), output); });
  recorder.wait_until("runs");
  Bytes mine(output.size());
  EXPECT_TRUE(refuses<UsageError>([&] { session.run(); }));
  EXPECT_TRUE(refuses<UsageError>([&] { session.run(fake.input(), mine); }));
  EXPECT_TRUE(refuses<UsageError>([&] { session.timeline(); }));
  EXPECT_TRUE(refuses<UsageError>([&] { session.on_spare(); }));
  Session moved = std::move(session);  // the run goes on
  EXPECT_TRUE(refuses<UsageError>([&] { moved.run(); }));
  recorder.note("let go");
  first.join();
  EXPECT_EQ(output, fake.expected());
  moved.run(fake.input(), mine);
  EXPECT_EQ(mine, fake.expected());
}

TEST_F(Callers, OfOneStreamAreRefusedButTheFirst) {
  std::vector<Bytes> answers;
  Stream stream(fake.network(), 2, [&](const Answer& answer) {
    recorder.note("inside");
    recorder.wait_until("let go");
    answers.emplace_back(answer.output().begin(), answer.output().end());
  });
  std::thread first([&] {
    stream.submit(fake.input());
    stream.wait_all();
  });
  recorder.wait_until("inside");
  EXPECT_TRUE(refuses<UsageError>([&] { stream.submit(fake.input()); }));
  EXPECT_TRUE(refuses<UsageError>([&] { stream.wait_all(); }));
  recorder.note("let go");
  first.join();
  EXPECT_EQ(answers, std::vector<Bytes>{fake.expected()});
  stream.submit(fake.input());
  stream.wait_all();
  EXPECT_EQ(answers.size(), 2u);
}

TEST_F(Callers, ThatManyThreadsComeAtOnceGiveRightAnswersOrErrors) {
  Session session(fake.network());
  std::atomic<int> answered = 0, refused = 0, wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      Bytes output(fake.expected().size());
      for (int run = 0; run < 200; ++run) try {
          session.run(fake.input(), output);
          ++answered;
          wrong += output != fake.expected();
        } catch (const UsageError&) {
          ++refused;
        }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(answered + refused, 800);
  EXPECT_GT(answered, 0);
}

TEST_F(Callers, OfAnEndingSessionAreSentAwayFirst) {
  hold_the_stem();
  auto session = std::make_unique<Session>(fake.network());
  std::thread other([&, &held = *session] {
    try {
      held.run();  // ends whole if it is faster than the destructor
    } catch (const Cancelled&) {}
  });
  recorder.wait_until("runs");
  std::thread ends([&] {
    recorder.note("ending");
    session.reset();
  });
  recorder.wait_until("ending");
  recorder.note("let go");
  ends.join();
  other.join();
}

TEST_F(Callers, OfAnEndingStreamAreWaitedFor) {
  std::atomic<int> answers = 0;
  auto stream = std::make_unique<Stream>(fake.network(), 2, [&](const Answer&) {
    recorder.note("inside");
    recorder.wait_until("let go");
    ++answers;
  });
  std::thread other([&, &held = *stream] {
    held.submit(fake.input());
    held.wait_all();
  });
  recorder.wait_until("inside");
  std::thread ends([&] {
    recorder.note("ending");
    stream.reset();
  });
  recorder.wait_until("ending");
  recorder.note("let go");
  ends.join();
  other.join();
  EXPECT_EQ(answers, 1);
}

TEST_F(Callers, ThatAreAStreamsOwnFunctionAreRefused) {
  std::optional<Stream> stream;
  int answers = 0;
  stream.emplace(fake.network(), 1, [&](const Answer& answer) {
    ++answers;
    EXPECT_TRUE(refuses<UsageError>([&] { stream->submit(fake.input()); }));
    EXPECT_TRUE(refuses<UsageError>([&] { stream->wait_all(); }));
    EXPECT_EQ(Bytes(answer.output().begin(), answer.output().end()), fake.expected());
  });
  for (int i = 0; i < 3; ++i) stream->submit(fake.input());
  stream->wait_all();
  EXPECT_EQ(answers, 3);
}

TEST_F(Callers, GetWhatAStreamsFunctionThrowsAsItIs) {
  struct Mine {};
  bool throws = true;
  Stream stream(fake.network(), 1, [&](const Answer&) {
    if (std::exchange(throws, false)) throw Mine();
  });
  const auto ask = [&] {
    stream.submit(fake.input());
    stream.wait_all();
  };
  EXPECT_THROW(ask(), Mine);
  throws = true;
  fake.engine.on_run = [](const std::string&) { throw std::runtime_error("of an engine"); };
  EXPECT_THROW(ask(), Mine);
  ask();  // nobody asked for the output
}

// Not under sanitizers, which need more stack themselves.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
// Calls it on a thread with a stack of so many kB; below it is a page that ends the process.
void on_stack_of(size_t kb, const std::function<void()>& work) {
  const size_t page = 4096, bytes = kb << 10;
  void* memory =
      ::mmap(nullptr, page + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  ASSERT_EQ(::mprotect(memory, page, PROT_NONE), 0);
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstack(&attributes, static_cast<std::byte*>(memory) + page, bytes), 0);
  const auto call = [](void* what) -> void* {
    (*static_cast<const std::function<void()>*>(what))();
    return nullptr;
  };
  std::function<void()> copy = work;
  ASSERT_EQ(pthread_create(&thread, &attributes, call, &copy), 0);
  pthread_attr_destroy(&attributes);
  pthread_join(thread, nullptr);
  ::munmap(memory, page + bytes);
}

class CallersWithSmallStacks : public testing::WithTimeLimit,
                               public ::testing::WithParamInterface<std::string> {};

TEST_P(CallersWithSmallStacks, GetAnswersOrErrors) {
  const auto root = testing::source_folder();
  Bytes output, small_output;
  const auto ask = [&](Bytes& answer) {
    const auto model = Model::build(root / "configs/tiny/TINY-R-CDG.yaml", {.int8 = false});
    const Network network(model, {.engine = GetParam(), .plan = PlanKind::parts});
    Session session(network);
    answer.resize(network.outputs()[0].bytes);
    session.run(model.prepare(root / "assets/photos/cat.jpg"), answer);
    Stream stream(network, 2, [&](const Answer& same) {
      EXPECT_TRUE(std::equal(answer.begin(), answer.end(), same.output().begin()));
    });
    stream.submit(model.prepare(root / "assets/photos/cat.jpg"));
    stream.wait_all();
  };
  ask(output);
  on_stack_of(256, [&] { ask(small_output); });
  EXPECT_EQ(small_output, output);
  on_stack_of(96, [&] { EXPECT_TRUE(refuses<UsageError>([&] { ask(small_output); })); });
}

INSTANTIATE_TEST_SUITE_P(Engines, CallersWithSmallStacks,
                         ::testing::ValuesIn(testing::in_build({"openvino", "litert",
                                                                "reference"})));
#endif

using CallersDeathTest = Callers;

TEST_F(CallersDeathTest, EndTheProgramIfAStreamEndsInItsOwnFunction) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto end_inside = [&] {
    std::optional<Stream> stream;
    stream.emplace(fake.network(), 1, [&](const Answer&) { stream.reset(); });
    stream->submit(fake.input());
    stream->wait_all();
  };
  EXPECT_DEATH(end_inside(), "ended by its own function");
}

}  // namespace
}  // namespace nnstretch
