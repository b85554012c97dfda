// One inference on three unlike processors: the CPU by OpenVINO, Qualcomm's HTP by qnn, a GPU by
// LiteRT. Small always; at the network's own size, and 50 runs, with NNSTRETCH_FULL=1.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/memory.h"
#include "ir/stored_values.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/here.h"
#include "support/networks.h"
#include "support/parts.h"

namespace nnstretch {
namespace {

using testing::Bytes;

plan::Machine three_processors() {
  const auto processor = [](const char* role, const char* engine, const char* device) {
    engines::Processor p{.name = device, .role = role, .engine = engine, .device = device};
    return p;
  };
  return {.processors = {processor("cpu", "openvino", "cpu"), processor("dsp", "qnn", "htp"),
                         processor("gpu", "litert", "gpu")},
          .also = {},
          .notes = {}};
}

class ThreeEngines : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (const auto& processor : three_processors().processors)
      if (const auto reason =
              testing::why_absent(testing::engine_named(processor.engine), processor.device))
        GTEST_SKIP() << processor.name << ": " << *reason;
    const auto config = config::load(testing::source_folder() / "configs" / (GetParam() + ".yaml"));
    const auto made =
        pipeline::quantise(pipeline::float_model(config, {.im_size = size(), .weights = {}}),
                           {.images = {}, .count = 4}, testing::with_cores(2));
    model_ = made.int8;
    plan_ = plan::make_plan(model_, three_processors(), testing::here(), {.strict = true});
    const auto& type = model_.graph.node(model_.graph.inputs()[0]).type;
    for (const auto& image :
         pipeline::photographs(model_.preprocess, {.images = {}, .count = 2}, true))
      inputs_.push_back(ir::from_floats(image, type));
  }

  static bool full() { return std::getenv("NNSTRETCH_FULL") != nullptr; }
  // The HTP's emulator takes seconds for a network of full size.
  static int size() { return full() ? 0 : 32; }

  ir::Model model_;
  plan::Plan plan_;
  std::vector<Bytes> inputs_;
};

// Each part gets what the reference kernels made of the parts before. A step apart here and there
// is rounding, and grows with the depth of a part (docs/numerics.md); then the truth is float, from
// which no engine may be further than the reference kernels are.
TEST_P(ThreeEngines, ComputeTheirPartsAsTheReferenceKernelsDo) {
  const auto values = testing::reference_values(model_, inputs_[0]);
  std::string left_out;
  for (const auto& part : plan_.parts) {
    const engines::Processor& processor = plan_.processors[part.processor];
    const auto& engine = testing::engine_named(processor.engine);
    if (auto reason = engine.supports(part.model.graph, processor).caution; !reason.empty()) {
      left_out = fmt::format("{}: {}", engine.name(), reason);
      continue;
    }
    const auto outputs = testing::run_part(engine, part.model, processor, values);
    const auto exact = testing::float_values(part.model, values);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const ir::Node& node = part.model.graph.node(part.model.graph.outputs()[i]);
      const Bytes& reference = values.at(node.name);
      const auto d = testing::difference(outputs[i], reference);
      const double of_engine = testing::rms_steps(exact[i], outputs[i], node.type);
      const double of_reference = testing::rms_steps(exact[i], reference, node.type);
      fmt::print(
          "{:<5} {:<8} {:<22} mean {:.3f} largest {}, rms to float {:.3f} (reference {:.3f})\n",
          processor.name, part.name, node.name, d.mean, d.largest, of_engine, of_reference);
      if (d.mean <= 0.15 && d.largest <= 4) continue;
      EXPECT_LE(of_engine, 1.1 * of_reference + 0.05) << part.name << " " << node.name;
    }
  }
  if (!left_out.empty()) GTEST_SKIP() << left_out;
}

bool overlap(const runtime::Timeline& timeline, const std::vector<size_t>& parts) {
  double last_start = 0, first_end = 1e300;
  for (const size_t part : parts) {
    last_start = std::max(last_start, timeline.parts[part].start);
    first_end = std::min(first_end, timeline.parts[part].end);
  }
  return last_start < first_end;
}

TEST_P(ThreeEngines, WorkAtTheSameTimeAndGiveTheBytesOfTheSequentialOrder) {
  std::map<int, std::vector<size_t>> stages;  // the parts of each stage that all three work on
  for (size_t i = 0; i < plan_.parts.size(); ++i)
    if (plan_.parts[i].first_stage == plan_.parts[i].last_stage)
      stages[plan_.parts[i].first_stage].push_back(i);
  std::erase_if(stages, [](const auto& stage) { return stage.second.size() < 3; });
  ASSERT_FALSE(stages.empty());
  const auto compiled = runtime::compile(plan_, testing::here());
  runtime::Session parallel(compiled), sequential(compiled, runtime::Order::sequential);
  Bytes together(parallel.output().size()), alone(together.size());
  std::set<int> overlapped;
  for (int run = 0; run < 3; ++run) {
    const Bytes& input = inputs_[static_cast<size_t>(run) % inputs_.size()];
    parallel.run(input, together);
    sequential.run(input, alone);
    EXPECT_EQ(together, alone);
    for (const auto& [stage, parts] : stages)
      if (overlap(parallel.timeline(), parts)) overlapped.insert(stage);
  }
  EXPECT_FALSE(overlapped.empty());
  for (const auto& processor : plan_.processors)
    EXPECT_EQ(processor.stand_in, processor.name != "cpu") << processor.name;
}

double resident() { return static_cast<double>(resident_bytes()) / (1 << 20); }  // MiB

TEST_P(ThreeEngines, KeepTheirMemoryOverFiftyRuns) {
  if (!full()) GTEST_SKIP() << "50 runs: --full";
  constexpr int kWarmUp = 10, kRuns = 50;
  runtime::Session session(runtime::compile(plan_, testing::here()));
  Bytes output(session.output().size());
  double before = 0;
  for (int run = 0; run < kWarmUp + kRuns; ++run) {
    if (run == kWarmUp) before = resident();
    session.run(inputs_[static_cast<size_t>(run) % inputs_.size()], output);
  }
  fmt::print("{:.1f} MiB after {} runs, {:.1f} after {}\n", before, kWarmUp, resident(),
             kWarmUp + kRuns);
  EXPECT_LE(resident(), before + 8);
}

INSTANTIATE_TEST_SUITE_P(Networks, ThreeEngines, ::testing::Values("mi/R-34-CDG", "mi/RX-1.6-CDG"),
                         [](const auto& info) { return testing::test_name(info.param); });

}  // namespace
}  // namespace nnstretch
