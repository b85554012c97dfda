// The fake engine, whose work is nothing, so that it is all hand-over; and a real one.
#include "runtime/soak.h"

#include "engines/list.h"
#include "runtime/sessions.h"
#include "support/here.h"

namespace nnstretch::runtime {
namespace {

using testing::Bytes;
using testing::Soak;

// Numbers: the reference engine computes with them.
std::vector<Bytes> float_inputs(size_t count) {
  std::vector<Bytes> inputs;
  for (uint32_t i = 0; i < count; ++i) {
    std::vector<float> values(4 * 4 * 4);
    std::mt19937 random(i);
    for (float& value : values) value = std::uniform_real_distribution<float>(-1, 1)(random);
    const auto bytes = std::as_bytes(std::span(values));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

class SoakOn : public ::testing::TestWithParam<const char*> {};

TEST_P(SoakOn, GivesTheSequentialAnswerEachTimeAndKeepsItsMemory) {
  const testing::FakeEngine fake;
  const bool is_fake = GetParam() == fake.name();
  const plan::Surroundings here = is_fake ? fake.here() : testing::here();
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) processor.engine = GetParam();
  const ir::Model model = testing::two_branches();
  Soak soak(compile(plan::make_plan(model, machine, here, {.strict = true}), here),
            float_inputs(16));
  soak.expect_right_answers(testing::soaks_fully() ? 100'000 : 10'000);
}

INSTANTIATE_TEST_SUITE_P(Soak, SoakOn, ::testing::Values("fake", "reference"));

}  // namespace
}  // namespace nnstretch::runtime
