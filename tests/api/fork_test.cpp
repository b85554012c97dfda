// Processes that are forked from one that has sessions: they get errors, and can end.
#include <gtest/gtest.h>

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
using testing::in_a_fork;
using testing::Recorder;
using testing::refuses;

using Fork = testing::WithTimeLimit;

// What one process has of a network.
struct Everything {
  explicit Everything(const Network& made)
      : network(made), session(made), stream(std::in_place, made, 2, [](const Answer&) {}) {}

  std::optional<Network> network;
  std::optional<Session> session;
  std::optional<Stream> stream;
};

// 0 if all is refused, and can be thrown away, in this process.
int is_refused(Everything& all) {
  const Bytes input(all.network->inputs()[0].bytes);
  if (!refuses<UsageError>([&] { all.session->run(); })) return 1;
  if (!refuses<UsageError>([&] { all.session->timeline(); })) return 2;
  if (!refuses<UsageError>([&] { all.stream->submit(input); })) return 3;
  if (!refuses<UsageError>([&] { all.stream->wait_all(); })) return 4;
  if (!refuses<UsageError>([&] { Session again(*all.network); })) return 5;
  if (!refuses<UsageError>([&] { Stream again(*all.network, 1, [](const Answer&) {}); })) return 6;
  if (all.network->parts().empty()) return 7;
  all.session->cancel();
  all.stream.reset();
  all.session.reset();
  all.network.reset();
  return 0;
}

TEST_F(Fork, OfAProcessWithSessionsIsRefused) {
  FakeNetwork fake;
  Everything all(fake.network());
  Bytes output(fake.expected().size());
  for (int i = 0; i < 4; ++i) {
    all.stream->submit(fake.input());  // in flight
    EXPECT_EQ(in_a_fork([&] { return is_refused(all); }), 0);
    all.session->run(fake.input(), output);
    EXPECT_EQ(output, fake.expected());
  }
  all.stream->wait_all();
}

TEST_F(Fork, WhileAnotherThreadRunsIsRefused) {
  FakeNetwork fake;
  Recorder recorder;
  fake.engine.on_run = [&](const std::string& part) {
    if (part != "two/stem") return;
    recorder.note("runs");
    recorder.wait_until("let go");
  };
  Everything all(fake.network());
  std::thread other([&] { all.session->run(); });
  recorder.wait_until("runs");
  EXPECT_EQ(in_a_fork([&] { return is_refused(all); }), 0);
  recorder.note("let go");
  other.join();
}

// Real engines have threads and locks of their own.
class ForkOfEngine : public testing::WithTimeLimit,
                     public ::testing::WithParamInterface<std::string> {};

TEST_P(ForkOfEngine, IsRefusedEndsAndMayCompileAnew) {
  const auto model =
      Model::build(testing::source_folder() / "configs/tiny/TINY-R-CDG.yaml", {.int8 = false});
  const CompileOptions parts = {.engine = GetParam(), .plan = PlanKind::parts};
  Everything all(Network(model, parts));
  const Bytes input(all.network->inputs()[0].bytes);
  Bytes answer(all.network->outputs()[0].bytes);
  all.session->run(input, answer);
  all.stream->submit(input);
  EXPECT_EQ(in_a_fork([&] { return is_refused(all); }), 0);
  all.stream->wait_all();    // nobody may be inside the library
#ifndef __SANITIZE_THREAD__  // which lets no forked process have threads
  EXPECT_EQ(in_a_fork([&] {
              try {
                const Network anew(model, parts);
                Session session(anew);
                Bytes output(anew.outputs()[0].bytes);
                session.run(input, output);
                return output == answer ? 0 : 1;
              } catch (const EngineError& error) {  // its threads are elsewhere
                return std::string(error.what()).find("forked from") != std::string::npos ? 0 : 2;
              }
            }),
            0);
#endif
  all.session->run();
}

#ifndef __SANITIZE_THREAD__
// The threads of a whole on all cores are not there: an error, or another engine, and no waiting.
TEST_P(ForkOfEngine, NeverWaitsForThreadsThatAreNotThere) {
  const auto model =
      Model::build(testing::source_folder() / "configs/tiny/TINY-R-CDG.yaml", {.int8 = false});
  const CompileOptions whole = {.engine = GetParam(), .plan = PlanKind::whole};
  const Network here(model, whole);
  EXPECT_EQ(in_a_fork([&] {
              try {
                const Network anew(model, whole);
                Session session(anew);
                session.run();
              } catch (const EngineError&) {}
              return 0;
            }),
            0);
}
#endif

INSTANTIATE_TEST_SUITE_P(Engines, ForkOfEngine,
                         ::testing::ValuesIn(testing::in_build({"openvino", "litert",
                                                                "reference"})));

}  // namespace
}  // namespace nnstretch
