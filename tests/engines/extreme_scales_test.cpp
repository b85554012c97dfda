// Scales and zero points at the limits of their types: an engine computes, or refuses with a
// reason. Libraries end the process on some of them, so the networks run in a process of their own.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "engines/list.h"
#include "engines/runner.h"
#include "support/engine_list.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

struct Column {
  const char* engine;
  const char* device;
};
constexpr Column kColumns[] = {{"reference", "cpu"},
                               {"openvino", "cpu"},
                               {"litert", "cpu"},
                               {"litert", "builtin"},
                               {"litert", "reference"}};
constexpr int kNetworks = 200;
constexpr unsigned kSeconds = 300;

float extreme_scale(Random& r) {
  return r.one_of({1.2e-38f, 1e-30f, 1e-12f, 1e-5f, 0.003f, 0.05f, 0.05f, 0.05f, 1.0f, 300.0f, 1e6f,
                   1e12f, 1e30f, 1.3e36f});
}
std::string extreme_quant(Random& r) {
  return fmt::format(" q={},{}", extreme_scale(r), r.one_of({-128, -128, -1, 0, 5, 127}));
}

// Two to five operators on values of one shape, then perhaps a head.
std::string extreme_text(Random& r) {
  std::string text = "v0 = input i8 1x4x4x8" + extreme_quant(r) + "\n";
  const int count = r.integer(2, 5);
  for (int i = 1; i <= count; ++i) {
    const std::string x = fmt::format("v{}", i - 1);
    const std::string op = r.one_of<std::string>(
        {"add " + x + fmt::format(" v{}", r.integer(0, i - 1)),
         "sub " + x + fmt::format(" v{}", r.integer(0, i - 1)),
         "mul " + x + fmt::format(" v{}", r.integer(0, i - 1)),
         "conv " + x + " out=8 window=3x3/1x1 bias=1",
         "conv " + x + " out=8 window=3x3/1x1 groups=8 bias=1 act=relu6", "act " + x + " kind=relu",
         "act " + x + " kind=hard_swish", "act " + x + " kind=gelu",
         "act " + x + " kind=sigmoid q=0.00390625,-128", "max_pool " + x + " window=3x3/1x1",
         "quantize " + x});
    const bool has_quant = op.find("q=") != op.npos || op.starts_with("max_pool");
    text += fmt::format("v{} = {}{}\n", i, op, has_quant ? "" : extreme_quant(r));
  }
  if (r.integer(0, 1)) return text + fmt::format("output v{}", count);
  return text + fmt::format("m = mean v{} keep=0{}\nl = linear m out=5{}\noutput l", count,
                            extreme_quant(r), extreme_quant(r));
}

// The scales of weights too; those of biases follow from them.
ir::Model extreme_model(const std::string& text, Random& r) {
  ir::Model model = random_model(text, r);
  for (const ir::Node& node : model.graph.nodes()) {
    if (!ir::is_any<ir::Conv2d, ir::Linear>(node.op)) continue;
    const float in = model.graph.node(node.inputs[0]).type.quant->scale;
    std::vector<float> products;
    ir::Tensor kernel = model.weights.at(node.weights[0]);
    const float all = extreme_scale(r);
    for (float& scale : kernel.scales) {
      scale = r.integer(0, 3) ? all : extreme_scale(r);
      products.push_back(scale * in);
    }
    ir::Tensor bias = model.weights.at(node.weights[1]);
    bias.scales = products;
    model.weights.set(node.weights[0], kernel);
    model.weights.set(node.weights[1], bias);
  }
  return model;
}

// True if the engine took it. Any exception but one of ours ends the process, which is the point.
bool runs(const ir::Model& model, const Column& column, Random& r) {
  const Engine& engine = testing::engine_named(column.engine);
  const Processor processor{.name = "p", .role = "cpu", .device = column.device};
  try {
    if (!engine.supports(model.graph, processor).complete()) return false;
    Runner runner(engine, model, processor);
    const auto input = random_inputs(model.graph, r).at(0);
    runner.run(input);
    return true;
  } catch (const Error&) {
    return false;
  }
}

[[noreturn]] void run_all() {
  ::alarm(kSeconds);
  std::map<std::string, int> taken;
  for (int i = 0; i < kNetworks; ++i) {
    const uint32_t seed = base_seed() * 10'000 + static_cast<uint32_t>(i);
    Random r(seed);
    const std::string text = extreme_text(r);
    for (const Column& column : kColumns) {
      if (!is_built(column.engine)) continue;
      const std::string name = fmt::format("{} {}", column.engine, column.device);
      fmt::print(stderr, "{}: seed {}: {}\n", name, seed, text);
      try {
        Random weights(seed);
        const ir::Model model = extreme_model(text, weights);
        taken[name] += runs(model, column, weights);
      } catch (const Error& error) {
        fmt::print(stderr, "refused: {}\n", error.what());
      }
    }
  }
  int least = kNetworks;
  for (const auto& [name, count] : taken) {
    fmt::print(stderr, "{} took {}\n", name, count);
    least = std::min(least, count);
  }
  std::exit(least > kNetworks / 20 ? 0 : 3);
}

TEST(ExtremeScales, EndNoProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // in a process that nothing ran in before
  EXPECT_EXIT(run_all(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace nnstretch::engines
