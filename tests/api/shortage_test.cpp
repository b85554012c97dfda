// Memory that runs out in the middle of a call, and what else is thrown behind the interface: only
// nnstretch::Errors leave it, and all goes on afterwards.
// Not under sanitizers, which have allocators of their own.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <system_error>

#include "api/fake_network.h"
#include "api/limits.h"
#include "nnstretch/nnstretch.h"
#include "pipeline/network.h"
#include "quantize/int8.h"
#include "support/paths.h"

namespace {

// Blocks that this thread still gets before it is refused one; less than 0: all.
thread_local long left = -1;

void* take(size_t size, size_t alignment) {
  if (left >= 0 && left-- == 0) throw std::bad_alloc();
  void* memory = nullptr;
  if (::posix_memalign(&memory, std::max(alignment, sizeof(void*)), size) == 0) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(size_t size) { return take(size, alignof(std::max_align_t)); }
void* operator new(size_t size, std::align_val_t alignment) {
  return take(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

namespace nnstretch {
namespace {

using testing::Bytes;
using testing::FakeNetwork;
using testing::refuses;

using Shortage = testing::WithTimeLimit;

constexpr long kPlenty = 1'000'000'000;

// Makes the call again and again, each time with another block refused; those that a call takes
// most of are of a kind, so of many some are left out.
void refuse_each_block(const std::string& what, const auto& call) {
  SCOPED_TRACE(what);
  call();  // what is made once is there
  left = kPlenty;
  call();
  const long blocks = kPlenty - std::exchange(left, -1);
  for (long refused = 0; refused < blocks; refused += 1 + refused / 20) {
    left = refused;
    try {
      call();
    } catch (const Error&) {
    } catch (...) {
      left = -1;
      ADD_FAILURE() << "block " << refused << ": no nnstretch::Error";
    }
    left = -1;
  }
}

TEST_F(Shortage, OfMemoryIsAnErrorOfEveryCall) {
  const testing::TemporaryFolder folder;
  const auto config = testing::source_folder() / "configs/tiny/TINY-R-CDG.yaml";
  const auto file = folder / "tiny.tflite",
             cat = testing::source_folder() / "assets/photos/cat.jpg";
  pipeline::write_network(file, quantize::prepare(pipeline::float_model(config::load(config), {})));
  refuse_each_block("build", [&] { Model::build(config, {.int8 = false}); });
  refuse_each_block("read", [&] { Model::read(file); });
  const Model model = Model::read(file);
  refuse_each_block("inputs", [&] { model.inputs(), model.outputs(), model.notes(); });
  refuse_each_block("prepare", [&] { model.prepare(cat); });
  refuse_each_block("compile", [&] { Network(model, {.engine = "reference"}); });
  const FakeNetwork fake;
  const Network network = fake.network();
  refuse_each_block("describe", [&] {
    network.inputs(), network.outputs(), network.parts(), network.fallbacks(), network.notes();
    network.hash();
  });
  const Bytes input = fake.input();
  refuse_each_block("session", [&] {
    Session session(network);
    session.run();
    session.timeline();
  });
  refuse_each_block("stream", [&] {
    Stream stream(network, 2, [](const Answer& answer) { answer.timeline(); });
    for (int i = 0; i < 3; ++i) stream.submit(input);
    stream.wait_all();
  });
}

TEST_F(Shortage, InARunLeavesTheSessionUsable) {
  const FakeNetwork fake;
  Session session(fake.network());
  const Bytes input = fake.input();
  Bytes output(fake.expected().size());
  refuse_each_block("run", [&] { session.run(input, output); });
  session.run(input, output);
  EXPECT_EQ(output, fake.expected());
}

TEST_F(Shortage, AndEverythingElseThatIsThrownBecomesAnError) {
  const std::vector<std::function<void()>> throws = {
      [] { throw std::bad_alloc(); },
      [] { throw std::runtime_error("of a library"); },
      [] { throw std::system_error(EAGAIN, std::generic_category()); },
      [] { throw 42; },
  };
  for (const auto& one : throws) {
    FakeNetwork fake;
    const Network network = fake.network();
    Session session(network);
    std::atomic<bool> fails = true;
    fake.engine.on_instantiate = fake.engine.on_run = [&](const std::string&) {
      if (fails) one();
    };
    EXPECT_TRUE(refuses<EngineError>([&] { Session again(network); }));
    EXPECT_TRUE(refuses<EngineError>([&] { Stream again(network, 1, [](const Answer&) {}); }));
    EXPECT_TRUE(refuses<EngineError>([&] { session.run(); }));
    fails = false;
    Bytes output(fake.expected().size());
    session.run(fake.input(), output);
    EXPECT_EQ(output, fake.expected());
  }
}

}  // namespace
}  // namespace nnstretch
#endif
