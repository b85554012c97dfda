// Rebuilding graphs: copies, parts, other outputs.
#include "ir/subgraph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/text.h"

namespace nnstretch::ir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// x -> a -> b -> d -> e, a -> c -> d; ids 0..5
constexpr std::string_view kDiamond = R"(
  x = input f32 1x4x4x8
  a = act x kind=relu @1.0.cpu
  b = conv a out=8 window=3x3/1x1 @1.0.cpu
  c = conv a out=8 window=1x1/1x1 @1.1.gpu
  d = concat b c @1.-1.cpu
  e = mean d @2.0.cpu
  output e b)";

TEST(Rewriter, CopiesAGraphAsItIs) {
  const Graph graph = parse(kDiamond);
  EXPECT_EQ(print(Rewriter(graph).run([](Rewriter& r, NodeId id) { return r.copy(id); })),
            print(graph));
}

TEST(Rewriter, LeavesNodesOutWhereTheVisitorSaysSo) {
  const Graph graph = parse(kDiamond);
  const Graph without = Rewriter(graph).run([&](Rewriter& r, NodeId id) {
    return graph.op_if<Activation>(id) ? r.now(graph.node(id).inputs[0]) : r.copy(id);
  });
  EXPECT_EQ(without.size(), graph.size() - 1);
  EXPECT_THAT(without.readers(without.find("x")),
              ElementsAre(without.find("b"), without.find("c")));
  EXPECT_THAT(without.outputs(), ElementsAre(without.find("e"), without.find("b")));
}

TEST(Rewriter, AddsNodesAndKeepsOperandsRight) {
  const Graph graph = parse(kDiamond);
  const Graph more = Rewriter(graph).run([&](Rewriter& r, NodeId id) {
    const NodeId copy = r.copy(id);
    if (!graph.op_if<Conv2d>(id)) return copy;
    return r.builder.add(
        {.name = graph.node(id).name + ".act", .op = Activation{}, .inputs = {copy}});
  });
  const Node& d = more.node(more.find("d"));
  EXPECT_THAT(d.inputs, ElementsAre(more.find("b.act"), more.find("c.act")));
  EXPECT_THAT(more.outputs(), ElementsAre(more.find("e"), more.find("b.act")));
}

TEST(Subgraph, HasInputsForWhatComesInAndOutputsForWhatIsReadOutside) {
  const Graph graph = parse(kDiamond);
  const Subgraph part = subgraph(graph, {2, 4});
  EXPECT_THAT(part.inputs, ElementsAre(1, 3));
  EXPECT_THAT(part.outputs, ElementsAre(2, 4));  // b is an output of the graph, d is read by e
  EXPECT_EQ(part.graph.size(), 4u);
  EXPECT_EQ(part.graph.node(part.graph.inputs()[0]).name, "a");
  EXPECT_EQ(part.graph.node(part.graph.inputs()[0]).type, graph.node(1).type);
  EXPECT_EQ(part.graph.node(part.graph.outputs()[1]).name, "d");
  EXPECT_EQ(part.graph.node(part.graph.find("b")).weights, graph.node(2).weights);
  EXPECT_EQ(part.graph.node(part.graph.find("d")).at, graph.node(4).at);
}

TEST(Subgraph, KeepsInt8TypesOfInputs) {
  const Graph graph =
      parse("x = input i8 1x2x2x4 q=0.5,3; y = act x q=0.1,-7; z = act y q=0.2,0; output z");
  const Subgraph part = subgraph(graph, {2});
  EXPECT_EQ(part.graph.node(0).type.quant, (Quant{0.1f, -7}));
}

TEST(Subgraph, OfEverythingIsTheGraphWithItsOutputsAscending) {
  const Graph graph = parse(kDiamond);
  const Subgraph all = subgraph(graph, {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(print(with_outputs(all.graph, {5, 2})), print(graph));
  EXPECT_THAT(all.inputs, ElementsAre(0));
  EXPECT_THAT(all.outputs, ElementsAre(2, 5));
}

TEST(Subgraph, InputsStayParallelToTheGraphsInputs) {
  // An Input inside the part and one made for a value from outside.
  const Graph graph =
      parse("x = input f32 1x2; y = act x; z = input f32 1x2; w = add z y; output w");
  const Subgraph part = subgraph(graph, {2, 3});
  ASSERT_EQ(part.inputs.size(), part.graph.inputs().size());
  for (size_t i = 0; i < part.inputs.size(); ++i)
    EXPECT_EQ(part.graph.node(part.graph.inputs()[i]).name, graph.node(part.inputs[i]).name);
}

TEST(WithOutputs, DropsWhatNobodyNeedsButKeepsInputs) {
  const Graph graph = parse(std::string(kDiamond) + "; u = input f32 1x2");
  const Graph only_c = with_outputs(graph, {3});
  EXPECT_EQ(only_c.size(), 4u);  // x, a, c, u
  EXPECT_THAT(only_c.inputs(), ElementsAre(only_c.find("x"), only_c.find("u")));
  EXPECT_THROW(only_c.find("b"), ShapeError);
  EXPECT_THAT(only_c.outputs(), ElementsAre(only_c.find("c")));
  EXPECT_THAT(with_outputs(graph, {}).outputs(), IsEmpty());
}

}  // namespace
}  // namespace nnstretch::ir
