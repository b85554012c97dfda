// Scales on which LiteRT ends the process are refused before it sees them.
#include "engines/litert/limits.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "engines/litert/litert_engine.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

// What ended the process before it was refused.
std::string reason(std::string_view text, float weight_scale = 0.01f) {
  Random r(3);
  ir::Model model = random_model(text, r);
  for (const ir::Node& node : model.graph.nodes())
    if (ir::is_any<ir::Conv2d, ir::Linear>(node.op)) {
      ir::Tensor kernel = model.weights.at(node.weights[0]);
      for (float& scale : kernel.scales) scale = weight_scale;
      model.weights.set(node.weights[0], kernel);
    }
  const LiteRtEngine engine;
  const Processor processor{.name = "p", .role = "cpu", .device = "cpu"};
  const Support support = engine.supports(model.graph, processor);
  if (!support.complete()) return support.refusals[0].reason;
  try {
    engine.compile(model, processor);
  } catch (const EngineError& error) {
    return error.what();
  }
  return "taken";
}

TEST(ScalesOfLiteRt, AreRefusedWithTheReason) {
  // LiteRT refuses sums far below this limit, since its numbers are wrong there.
  const auto ends_the_process = [](const char* op, const char* a, const char* b, const char* out) {
    const ir::Graph graph =
        ir::parse(fmt::format("x = input i8 1x4 q={},0; y = input i8 1x4 q={},0; "
                              "z = {} x y q={},0; output z",
                              a, b, op, out));
    return litert::scale_refusal(graph, graph.outputs()[0]).has_value();
  };
  for (const char* op : {"add", "sub"}) {
    EXPECT_FALSE(ends_the_process(op, "524287", "1", "1"));
    EXPECT_TRUE(ends_the_process(op, "524288", "1", "1"));  // 2^19
    EXPECT_TRUE(ends_the_process(op, "1e-3", "1e3", "1e-3"));
    EXPECT_TRUE(ends_the_process(op, "1e36", "1e36", "1e36"));
  }
  const auto swish = [](const char* in) {
    return reason(
        fmt::format("x = input i8 1x4 q={},0; y = act x kind=hard_swish q=1,0; output y", in));
  };
  EXPECT_EQ(swish("127"), "taken");
  EXPECT_NE(swish("128"), "taken");
  const auto conv = [](float weight_scale) {
    return reason(
        "x = input i8 1x4x4x2 q=2,0; r = act x kind=relu q=2,0;"
        "y = conv r out=2 window=1x1/1x1 q=4,0; s = act y kind=relu q=4,0; output s",
        weight_scale);
  };
  EXPECT_EQ(conv(511), "taken");
  EXPECT_NE(conv(512), "taken");
}

}  // namespace
}  // namespace nnstretch::engines
