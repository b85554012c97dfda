// The hot path takes no memory. Every block that this program takes or gives back is seen: malloc
// and its kin are replaced here, or watched where a sanitizer has replaced them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "engines/list.h"
#include "engines/runner.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "runtime/balanced_session.h"
#include "runtime/session.h"
#include "runtime/stream.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/here.h"
#include "support/samples.h"

namespace {

std::atomic<size_t> allocations = 0;
std::atomic<const volatile void*> watched = nullptr;
std::atomic<bool> watched_is_gone = false;

void took() { allocations.fetch_add(1, std::memory_order_relaxed); }
void gave_back(const volatile void* memory) {
  if (memory && memory == watched.load(std::memory_order_relaxed)) watched_is_gone = true;
}

}  // namespace

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)

extern "C" int __sanitizer_install_malloc_and_free_hooks(  // NOLINT(bugprone-reserved-identifier)
    void (*malloc_hook)(const volatile void*, size_t), void (*free_hook)(const volatile void*));
[[maybe_unused]] const int hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t) { took(); }, gave_back);

#else

extern "C" {
// glibc's own. NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(size_t size) noexcept { return took(), __libc_malloc(size); }
void* calloc(size_t count, size_t size) noexcept { return took(), __libc_calloc(count, size); }
void* realloc(void* memory, size_t size) noexcept { return took(), __libc_realloc(memory, size); }
void* memalign(size_t at, size_t size) noexcept { return took(), __libc_memalign(at, size); }
void* aligned_alloc(size_t at, size_t size) noexcept { return took(), __libc_memalign(at, size); }
int posix_memalign(void** memory, size_t at, size_t size) noexcept {
  *memory = (took(), __libc_memalign(at, size));
  return *memory ? 0 : ENOMEM;
}
void free(void* memory) noexcept { gave_back(memory), __libc_free(memory); }
}

#endif

namespace nnstretch::runtime {
namespace {

// How often `action` takes memory.
size_t allocations_of(const auto& action) {
  const size_t before = allocations;
  action();
  return allocations - before;
}

TEST(Allocations, AreCountedHoweverMemoryIsTaken) {
  struct alignas(256) Aligned {
    char bytes[256];
  };
  static void* volatile taken;  // volatile: else nothing need be taken
  EXPECT_EQ(allocations_of([] { taken = std::malloc(8), std::free(taken); }), 1u);
  EXPECT_EQ(allocations_of([] { taken = std::calloc(2, 8), std::free(taken); }), 1u);
#ifndef __SANITIZE_THREAD__  // whose hooks do not see it
  EXPECT_EQ(allocations_of([] { taken = std::aligned_alloc(64, 64), std::free(taken); }), 1u);
#endif
  EXPECT_EQ(allocations_of([] {
              int* one = new int(1);
              taken = one;
              delete one;
            }),
            1u);
  EXPECT_EQ(allocations_of([] {
              auto* one = new Aligned;
              taken = one;
              delete one;
            }),
            1u);
  EXPECT_EQ(allocations_of([] {}), 0u);
}

// Does nothing, so that every allocation is the session's.
class IdlePart : public engines::CompiledPart, public engines::PartInstance {
 public:
  std::unique_ptr<engines::PartInstance> instantiate() const override {
    return std::make_unique<IdlePart>();
  }
  std::string engine() const override { return "idle"; }
  void bind(std::span<const engines::Buffer>, std::span<const engines::Buffer>) override {}
  void run() override {}
};

std::shared_ptr<const CompiledPlan> idle_plan() {
  const testing::FakeEngine engine;
  const plan::Plan plan =
      plan::make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}), engine.here());
  std::vector<std::shared_ptr<const engines::CompiledPart>> parts(plan.parts.size(),
                                                                  std::make_shared<IdlePart>());
  return std::make_shared<const CompiledPlan>(plan, testing::here(), parts,
                                              std::vector<CompileCost>(parts.size()));
}

TEST(Session, AllocatesNothingWhileItRuns) {
  Session session(idle_plan());
  testing::Bytes input(session.input().size()), output(session.output().size());
  session.run(input, output);
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 200; ++i) session.run(input, output);
            }),
            0u);
}

// What stands behind the public Session, also while it tries and changes plans.
TEST(BalancedSession, AllocatesNothingWhileItRuns) {
  BalancedSession session({idle_plan(), idle_plan()}, Order::parallel, {},
                          {.recent = 3, .slow = 0, .better = 1e9, .patience = 2});
  testing::Bytes input(session.input().size()), output(session.output().size());
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 200; ++i) session.run(input, output);
            }),
            0u);
  EXPECT_GT(session.balancer().changes(), 10u);
}

TEST(Stream, AllocatesNothingWhileRequestsAreInFlight) {
  size_t answers = 0;
  Stream stream(idle_plan(), 3, [&](const Answer& answer) { answers += answer.output().size(); });
  const testing::Bytes input(4 * 4 * 4 * sizeof(float));
  stream.submit(input);
  stream.wait_all();
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 200; ++i) stream.submit(input);
              stream.wait_all();
            }),
            0u);
  EXPECT_GT(answers, 0u);
}

// Looks, when it ends, whether the memory it is bound to is still there.
class LastLook : public engines::CompiledPart, public engines::PartInstance {
 public:
  explicit LastLook(std::atomic<int>& too_late) : too_late_(too_late) {}
  ~LastLook() override { too_late_ += is_bound_ && watched_is_gone; }
  std::unique_ptr<engines::PartInstance> instantiate() const override {
    return std::make_unique<LastLook>(too_late_);
  }
  std::string engine() const override { return "last look"; }
  void bind(std::span<const engines::Buffer>, std::span<const engines::Buffer> out) override {
    watched = out[0].data;
    is_bound_ = true;
  }
  void run() override {}

 private:
  std::atomic<int>& too_late_;
  bool is_bound_ = false;
};

TEST(Session, KeepsItsMemoryAsLongAsTheInstancesThatAreBoundToIt) {
  std::atomic<int> too_late = 0;
  {
    const plan::Plan plan =
        plan::make_whole_plan(testing::two_branches(), testing::machine_of({"cpu"}).processors[0]);
    const Session session(std::make_shared<const CompiledPlan>(
        plan, testing::here(), CompiledPlan::Parts{std::make_shared<LastLook>(too_late)},
        std::vector<CompileCost>(1)));
    EXPECT_EQ(session.output().data(), watched.load());
    watched_is_gone = false;
  }
  EXPECT_EQ(too_late, 0);
  EXPECT_TRUE(watched_is_gone);
  watched = nullptr;
}

// Libraries take memory in every call: the session around them adds none.
class SessionOf : public ::testing::TestWithParam<std::string> {};

TEST_P(SessionOf, AllocatesNoMoreThanTheEngineItself) {
  testing::Random random(1);
  const ir::Model model = testing::random_model(R"(
    x = input i8 1x16x16x16 q=0.1,0
    stem = conv x out=16 window=3x3 q=0.1,0 @0.0.cpu
    a = conv stem out=16 window=3x3 q=0.1,0 @1.0.cpu
    b = conv stem out=16 window=3x3 q=0.1,0 @1.1.dsp
    m = concat a b @1.-1.cpu
    head = mean m keep=0 q=0.1,0 @2.0.cpu
    output head)",
                                                random);
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) processor.engine = GetParam();
  const auto compiled =
      compile(plan::make_plan(model, machine, testing::here(), {.strict = true}), testing::here());
  const plan::Plan& plan = compiled->plan();
  ASSERT_GE(plan.parts.size(), 4u);
  const auto count = [](const auto& run) {  // the least of a run: libraries tidy up now and then
    for (int i = 0; i < 5; ++i) run();      // first runs are others
    size_t least = allocations_of(run);
    for (int i = 0; i < 50; ++i) least = std::min(least, allocations_of(run));
    return least;
  };
  size_t engines_alone = 0;
  for (const plan::PlanPart& part : plan.parts) {
    const engines::Runner runner(testing::engine_named(GetParam()), part.model,
                                 plan.processors[part.processor]);
    engines_alone += count([&] { runner.run(); });
  }
  Session session(compiled);
  EXPECT_EQ(count([&] { session.run(); }), engines_alone);
}

INSTANTIATE_TEST_SUITE_P(Engines, SessionOf,
                         ::testing::ValuesIn(testing::in_build({"openvino", "litert",
                                                                "reference"})));

}  // namespace
}  // namespace nnstretch::runtime
