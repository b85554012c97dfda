// The hot path takes no memory: every operator new of this program is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "runtime/fake_engine.h"
#include "runtime/networks.h"
#include "runtime/session.h"
#include "runtime/stream.h"

namespace {
std::atomic<size_t> allocations = 0;
}

[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace nnstretch::runtime {
namespace {

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
  const Plan plan = make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}),
                              {.find = engine.finder()});
  std::vector<std::shared_ptr<const engines::CompiledPart>> parts(plan.parts.size(),
                                                                  std::make_shared<IdlePart>());
  return std::make_shared<const CompiledPlan>(plan, parts, std::vector<CompileCost>(parts.size()));
}

TEST(Session, AllocatesNothingWhileItRuns) {
  Session session(idle_plan());
  testing::Bytes input(session.input().size()), output(session.output().size());
  session.run(input, output);
  const size_t before = allocations;
  for (int i = 0; i < 200; ++i) session.run(input, output);
  EXPECT_EQ(allocations, before);
}

TEST(Stream, AllocatesNothingWhileRequestsAreInFlight) {
  size_t answers = 0;
  Stream stream(idle_plan(), 3, [&](const Answer& answer) { answers += answer.output().size(); });
  const testing::Bytes input(4 * 4 * 4 * sizeof(float));
  stream.submit(input);
  stream.wait_all();
  const size_t before = allocations;
  for (int i = 0; i < 200; ++i) stream.submit(input);
  stream.wait_all();
  EXPECT_EQ(allocations, before);
  EXPECT_GT(answers, 0u);
}

}  // namespace
}  // namespace nnstretch::runtime
