// The small networks in int8 on the engines people use, as `auto` chooses them for each part: four
// sessions and a stream at once on two processors. 2,000 inferences always; 100,000, and no growth
// of memory, with NNSTRETCH_FULL=1.
#include "runtime/soak.h"

#include <set>

#include "base/threads.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "support/here.h"
#include "support/networks.h"

namespace nnstretch {
namespace {

using testing::Soak;

// On two cores, if there are two; else side by side on the one.
plan::Machine two_processors() {
  const std::vector<int> cores = allowed_cores();
  engines::Processor cpu{.name = "first", .role = "cpu", .cores = {cores.front()}};
  engines::Processor dsp{.name = "second", .role = "dsp", .cores = {cores.back()}};
  return {.processors = {cpu, dsp}, .also = {{"gpu", 1}}, .notes = {}};
}

std::vector<Soak::Bytes> random_inputs(const ir::Model& model, size_t count) {
  std::mt19937 random(1);
  std::vector<Soak::Bytes> inputs(
      count, Soak::Bytes(model.graph.node(model.graph.inputs()[0]).type.bytes()));
  for (Soak::Bytes& input : inputs)
    for (std::byte& x : input) x = static_cast<std::byte>(random());
  return inputs;
}

class SoakOfNetwork : public ::testing::TestWithParam<const char*> {};

TEST_P(SoakOfNetwork, GivesTheSequentialAnswerEachTimeAndKeepsItsMemory) {
  const auto config =
      config::load(testing::source_folder() / "configs/tiny" / (std::string(GetParam()) + ".yaml"));
  const auto made =
      pipeline::quantise(pipeline::float_model(config, {}), {.count = 4}, testing::with_cores(2));
  const auto plan = runtime::compile(
      plan::make_plan(made.int8, two_processors(), testing::here(), {.strict = true}),
      testing::here());
  ASSERT_EQ(plan->plan().processors.size(), 2u);
  Soak soak(plan, random_inputs(made.int8, 16));
  // Few logits of few values may agree by chance; that of another input is a wrong answer mostly.
  const std::set<Soak::Bytes> different(soak.answers().begin(), soak.answers().end());
  EXPECT_GE(different.size(), 12u) << "a wrong answer would not be seen";
  soak.expect_right_answers((testing::soaks_fully() ? 100'000 : 2'000) / 3 + 1);
}

INSTANTIATE_TEST_SUITE_P(Tiny, SoakOfNetwork,
                         ::testing::Values("TINY-R-CDG", "TINY-EN-CG", "TINY-RX-CD"),
                         [](const auto& info) { return testing::test_name(info.param); });

}  // namespace
}  // namespace nnstretch
