// The int8 files of whole networks on every engine, part by part and at the end, within limits. A
// few networks always, all 52 with NNSTRETCH_FULL=1.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/list.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "ir/stored_values.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "quantize/fidelity.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/here.h"
#include "support/networks.h"
#include "support/parts.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names() {
  if (!std::getenv("NNSTRETCH_FULL")) return {"mi/R-34-CDG", "mi/RX-1.6-CD", "pixel/EN-L4-CG"};
  return testing::published_settings();
}

bool is_efficientnet(const std::string& name) { return name.find("/EN-") != std::string::npos; }

using testing::Bytes, testing::difference, testing::float_values, testing::rms_steps;

// The network as it is after writing and reading its file.
class Agreement : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto config = config::load(testing::source_folder() / "configs" / (GetParam() + ".yaml"));
    made_ = pipeline::quantise(pipeline::float_model(config, {}), {}, testing::with_cores(2));
    file_ = folder_ / "net.tflite";
    pipeline::write_network(file_, made_.int8);
    model_ = read_model(file_);
    const auto& in = model_.graph.node(model_.graph.inputs()[0]).type;
    for (const auto& image :
         pipeline::photographs(model_.preprocess, {.images = {}, .count = 3}, true))
      inputs_.push_back(ir::from_floats(image, in));
  }
  // Those whose numbers can be compared here. The others leave a word, with which the test ends.
  std::vector<std::string> comparable_engines() {
    std::vector<std::string> names;
    for (const std::string& engine : testing::in_build({"openvino", "litert"})) {
      const std::string reason = testing::caution(engine, model_.graph);
      if (reason.empty())
        names.push_back(engine);
      else
        left_out_ = fmt::format("{}: {}", engine, reason);
    }
    return names;
  }
  int plan_stages() const { return model_.graph.node(model_.graph.outputs()[0]).at.stage; }

  void compare_logits_with_float() {
    const auto names = comparable_engines();
    const ir::Graph& graph = model_.graph;
    const auto& type = graph.node(graph.outputs()[0]).type;
    std::map<std::string, double> error;  // by engine, summed over the images
    for (const Bytes& input : inputs_) {
      const auto exact = float_values(model_, {{graph.node(graph.inputs()[0]).name, input}}).at(0);
      error["reference"] +=
          rms_steps(exact, engines::evaluate(model_, std::vector<Bytes>{input})[0], type);
      for (const std::string& engine : names) {
        engines::Runner runner(testing::engine_named(engine), model_,
                               {.name = "w", .role = "cpu", .engine = engine, .threads = 2});
        error[engine] += rms_steps(exact, runner.run(input), type);
      }
    }
    for (const std::string& engine : names) {
      EXPECT_LE(error[engine], 1.25 * error["reference"]) << engine;
      fmt::print("{:<9} logits rms to float {:.2f} (reference {:.2f})\n", engine, error[engine] / 3,
                 error["reference"] / 3);
    }
  }

  testing::TemporaryFolder folder_;
  fs::path file_;
  pipeline::Quantised made_;
  ir::Model model_;
  std::vector<Bytes> inputs_;
  std::string left_out_;
};

// Engines round a little differently, and behind a few convolutions one step in a thousand has
// become the whole of quantisation noise: LiteRT's fast kernels are then as far from its reference
// kernels as either is from the float network (docs/numerics.md). So the truth here is float: an
// engine may be no further from it than the reference kernels are.
TEST_P(Agreement, NoPartOfAnyEngineIsFurtherFromFloatThanTheReferenceKernels) {
  const auto values = testing::reference_values(model_, inputs_[0]);
  for (const auto& part : plan::plan_for(model_, {.spread = false}, testing::here()).parts) {
    const auto& part_graph = part.model.graph;
    // The same weights and inputs without any rounding in between, and without the last one.
    const auto exact = float_values(part.model, values);
    for (const std::string& engine : comparable_engines()) {
      const auto outputs =
          testing::run_part(testing::engine_named(engine), part.model,
                            {.name = "p", .role = "cpu", .engine = engine}, values);
      for (size_t i = 0; i < part_graph.outputs().size(); ++i) {
        const ir::Node& node = part_graph.node(part_graph.outputs()[i]);
        const Bytes& reference = values.at(node.name);
        const double of_reference = rms_steps(exact.at(i), reference, node.type);
        const double of_engine = rms_steps(exact.at(i), outputs[i], node.type);
        const auto d = difference(outputs[i], reference);
        // Behind gates (squeeze-and-excitation, sigmoids) a few numbers decide the error of all.
        const double more = is_efficientnet(GetParam()) ? 1.5 : 1.1;
        EXPECT_LE(of_engine, more * of_reference + 0.05)
            << engine << " " << part.name << " " << node.name << ", reference " << of_reference;
        fmt::print(
            "{:<9} {:<12} {:<28} rms to float {:.3f} (reference {:.3f}), to reference: mean {:.3f} "
            "largest {}\n",
            engine, part.name, node.name, of_engine, of_reference, d.mean, d.largest);
      }
    }
  }
  if (!left_out_.empty()) GTEST_SKIP() << left_out_;
}

// With made-up weights int8 takes EN-B5 half of what its logits say of an image, and every engine
// another half: there, as with parts, the truth is float.
TEST_P(Agreement, LogitsOfEveryEngineAreNearTheReference) {
  if (GetParam().find("/EN-B5") != std::string::npos) {
    compare_logits_with_float();
    if (!left_out_.empty()) GTEST_SKIP() << left_out_;
    return;
  }
  for (const std::string& engine : comparable_engines()) {
    engines::Runner runner(testing::engine_named(engine), model_,
                           {.name = "w", .role = "cpu", .engine = engine, .threads = 2});
    for (const Bytes& input : inputs_) {
      const auto expected = engines::evaluate(model_, std::vector<Bytes>{input})[0];
      const auto d = difference(runner.run(input), expected);
      EXPECT_LE(d.largest, is_efficientnet(GetParam()) ? 8 : 2) << engine;
      EXPECT_LE(d.mean, 1.5) << engine;
    }
  }
  if (!left_out_.empty()) GTEST_SKIP() << left_out_;
}

// XNNPACK takes every operator, OpenVINO has an int8 kernel for every layer: they have notes for
// those that are not.
TEST_P(Agreement, ReachesTheFastKernelsOfEveryEngine) {
  for (const std::string& name : comparable_engines()) {
    const auto& engine = testing::engine_named(name);
    const auto part = engine.compile(model_, {.name = "w", .role = "cpu", .engine = name});
    EXPECT_THAT(part->notes(), ::testing::IsEmpty()) << name;
  }
  if (!left_out_.empty()) GTEST_SKIP() << left_out_;
}

TEST_P(Agreement, EveryOpOfABranchCarriesItsTag) {
  for (const ir::Node& node : model_.graph.nodes())
    if (node.at.stage > 0 && node.at.stage < plan_stages() &&
        node.at.branch != ir::Place::kMeeting) {
      EXPECT_TRUE(node.name.starts_with(fmt::format("s{}_{}_", node.at.stage, node.at.role)))
          << node.name;
    }
}

TEST_P(Agreement, Int8KeepsTheFloatNetwork) {
  const auto images = pipeline::photographs(model_.preprocess, {}, true);
  ASSERT_GE(images.size(), 16u);
  const auto f = quantize::compare(made_.prepared, made_.int8, images,
                                   pipeline::float_runtime(testing::with_cores(2)),
                                   pipeline::int8_runtime(testing::with_cores(2)));
  fmt::print("{}: centred correlation median {:.4f}, worst {:.4f}, wrong image {:.4f}\n",
             GetParam(), f.median, f.worst, f.wrong_image);
  const bool b5 = GetParam().find("EN-B5") != std::string::npos;
  EXPECT_GE(f.median, b5 ? 0.35 : is_efficientnet(GetParam()) ? 0.92 : 0.99);
  EXPECT_LE(f.wrong_image, 0.6);
}

INSTANTIATE_TEST_SUITE_P(Networks, Agreement, ::testing::ValuesIn(names()),
                         [](const auto& info) { return testing::test_name(info.param); });

}  // namespace
}  // namespace nnstretch
