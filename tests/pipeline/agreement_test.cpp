// The int8 files of whole networks on every engine, part by part and at the end, within limits. A
// few networks always, all 52 with NNSTRETCH_FULL=1.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openvino/openvino.hpp>

#include "engines/list.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "ir/passes/to_float.h"
#include "ir/subgraph.h"
#include "pipeline/bench.h"
#include "pipeline/network.h"
#include "quantize/fidelity.h"
#include "support/networks.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names() {
  if (!std::getenv("NNSTRETCH_FULL")) return {"mi/R-34-CDG", "mi/RX-1.6-CD", "pixel/EN-L4-CG"};
  return testing::published_settings();
}

bool is_efficientnet(const std::string& name) { return name.find("/EN-") != std::string::npos; }

using Bytes = std::vector<std::byte>;

struct Difference {
  int largest = 0;
  double mean = 0;
};
Difference difference(std::span<const std::byte> a, std::span<const std::byte> b) {
  Difference d;
  EXPECT_EQ(a.size(), b.size());
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const int step = std::abs(static_cast<int8_t>(a[i]) - static_cast<int8_t>(b[i]));
    d.largest = std::max(d.largest, step);
    d.mean += step / static_cast<double>(a.size());
  }
  return d;
}

// Root mean square of the difference in steps of the value's own scale.
double rms_steps(std::span<const float> truth, std::span<const std::byte> got,
                 const ir::TensorType& type) {
  const auto values = quantize::as_floats(got, type);
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double steps = (double{truth[i]} - values[i]) / type.quant->scale;
    sum += steps * steps / static_cast<double>(truth.size());
  }
  return std::sqrt(sum);
}

// The network as it is after writing and reading its file.
class Agreement : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto config = config::load(testing::source_folder() / "configs" / (GetParam() + ".yaml"));
    made_ = pipeline::quantise(pipeline::float_model(config, {}), {}, 2);
    file_ = folder_ / "net.tflite";
    pipeline::write_network(file_, made_.int8);
    model_ = read_model(file_);
    const auto& in = model_.graph.node(model_.graph.inputs()[0]).type;
    for (const auto& image :
         pipeline::photographs(model_.preprocess, {.images = {}, .count = 3}, true))
      inputs_.push_back(quantize::as_input(image, in));
  }
  // Every value of the network for one input, by our kernels.
  std::vector<Bytes> all_values(const Bytes& input) const {
    ir::Model all = model_;
    all.graph = everything();
    return engines::evaluate(all, std::vector<Bytes>{input});
  }
  int plan_stages() const { return model_.graph.node(model_.graph.outputs()[0]).at.stage; }
  ir::Graph everything() const {
    std::vector<ir::NodeId> ids;
    for (ir::NodeId id = 0; id < model_.graph.size(); ++id)
      if (!model_.graph.op_if<ir::Input>(id)) ids.push_back(id);
    return ir::with_outputs(model_.graph, ids);
  }

  // Outputs of an int8 part computed in float from its int8 inputs, never rounded.
  static std::vector<std::vector<float>> float_values(
      const ir::Model& part, const std::map<std::string, const Bytes*>& by_name,
      const engines::Processor& processor) {
    const ir::Graph& graph = part.graph;
    ir::Model exact = part;
    exact.graph = ir::to_float(part).graph;
    exact.weights = ir::to_float(part).weights;
    std::vector<ir::NodeId> before_rounding;
    for (const ir::NodeId id : exact.graph.outputs())
      before_rounding.push_back(exact.graph.node(id).inputs[0]);
    exact.graph = ir::with_outputs(exact.graph, before_rounding);
    engines::Runner runner(engines::find_engine("openvino"), exact, processor);
    for (size_t i = 0; i < graph.inputs().size(); ++i) {
      const Bytes& value = *by_name.at(graph.node(graph.inputs()[i]).name);
      std::copy(value.begin(), value.end(), runner.input(i).begin());
    }
    runner.run();
    std::vector<std::vector<float>> values;
    for (size_t i = 0; i < graph.outputs().size(); ++i) {
      const auto value = runner.output_as<float>(i);
      values.emplace_back(value.begin(), value.end());
    }
    return values;
  }

  void compare_logits_with_float() const {
    const engines::Processor f32{.name = "f",
                                 .role = "cpu",
                                 .engine = "openvino",
                                 .threads = 2,
                                 .precision = engines::Precision::f32};
    const ir::Graph& graph = model_.graph;
    const auto& type = graph.node(graph.outputs()[0]).type;
    std::map<std::string, double> error;  // by engine, summed over the images
    for (const Bytes& input : inputs_) {
      const auto exact =
          float_values(model_, {{graph.node(graph.inputs()[0]).name, &input}}, f32).at(0);
      error["reference"] +=
          rms_steps(exact, engines::evaluate(model_, std::vector<Bytes>{input})[0], type);
      for (const char* engine : {"openvino", "litert"}) {
        engines::Runner runner(engines::find_engine(engine), model_,
                               {.name = "w", .role = "cpu", .engine = engine, .threads = 2});
        error[engine] += rms_steps(exact, runner.run(input), type);
      }
    }
    for (const char* engine : {"openvino", "litert"}) {
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
};

// Engines round a little differently, and behind a few convolutions one step in a thousand has
// become the whole of quantisation noise: LiteRT's fast kernels are then as far from its reference
// kernels as either is from the float network (docs/numerics.md). So the truth here is float: an
// engine may be no further from it than the reference kernels are.
TEST_P(Agreement, NoPartOfAnyEngineIsFurtherFromFloatThanTheReferenceKernels) {
  const auto values = all_values(inputs_[0]);
  std::map<std::string, const Bytes*> by_name;
  const ir::Graph graph = everything();
  for (size_t i = 0; i < values.size(); ++i)
    by_name[graph.node(graph.outputs()[i]).name] = &values[i];
  by_name[model_.graph.node(model_.graph.inputs()[0]).name] = &inputs_[0];
  const engines::Processor f32{.name = "f",
                               .role = "cpu",
                               .engine = "openvino",
                               .threads = 2,
                               .precision = engines::Precision::f32};
  for (const auto& part : pipeline::plan_for(model_, {}).parts) {
    const auto& part_graph = part.model.graph;
    // The same weights and inputs without any rounding in between, and without the last one.
    const auto exact = float_values(part.model, by_name, f32);
    for (const char* engine : {"openvino", "litert"}) {
      engines::Runner runner(engines::find_engine(engine), part.model,
                             {.name = "p", .role = "cpu", .engine = engine});
      for (size_t i = 0; i < part_graph.inputs().size(); ++i) {
        const Bytes& value = *by_name.at(part_graph.node(part_graph.inputs()[i]).name);
        std::copy(value.begin(), value.end(), runner.input(i).begin());
      }
      runner.run();
      for (size_t i = 0; i < part_graph.outputs().size(); ++i) {
        const ir::Node& node = part_graph.node(part_graph.outputs()[i]);
        const Bytes& reference = *by_name.at(node.name);
        const double of_reference = rms_steps(exact.at(i), reference, node.type);
        const double of_engine = rms_steps(exact.at(i), runner.output(i), node.type);
        const auto d = difference(runner.output(i), reference);
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
}

// With made-up weights int8 takes EN-B5 half of what its logits say of an image, and every engine
// another half: there, as with parts, the truth is float.
TEST_P(Agreement, LogitsOfEveryEngineAreNearTheReference) {
  if (GetParam().find("/EN-B5") != std::string::npos) {
    compare_logits_with_float();
    return;
  }
  for (const char* engine : {"openvino", "litert"}) {
    engines::Runner runner(engines::find_engine(engine), model_,
                           {.name = "w", .role = "cpu", .engine = engine, .threads = 2});
    for (const Bytes& input : inputs_) {
      const auto expected = engines::evaluate(model_, std::vector<Bytes>{input})[0];
      const auto d = difference(runner.run(input), expected);
      EXPECT_LE(d.largest, is_efficientnet(GetParam()) ? 8 : 2) << engine;
      EXPECT_LE(d.mean, 1.5) << engine;
    }
  }
}

// XNNPACK takes every operator, OpenVINO has an int8 kernel for every layer: they have notes for
// those that are not.
TEST_P(Agreement, ReachesTheFastKernelsOfEveryEngine) {
  for (const char* name : {"openvino", "litert"}) {
    const auto& engine = engines::find_engine(name);
    const auto part = engine.compile(model_, {.name = "w", .role = "cpu", .engine = name});
    EXPECT_THAT(part->notes(), ::testing::IsEmpty()) << name;
  }
}

TEST_P(Agreement, OpenVinosOwnReaderTakesTheFile) {
  ov::Core core;
  auto model = core.read_model(file_.string());
  auto request = core.compile_model(model, "CPU").create_infer_request();
  EXPECT_EQ(request.get_input_tensor().get_byte_size(), inputs_[0].size());
  EXPECT_EQ(request.get_output_tensor().get_shape(), (ov::Shape{1, 1000}));
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
  const auto f = quantize::compare(made_.prepared, made_.int8, images, pipeline::float_runtime(2),
                                   pipeline::int8_runtime(2));
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
