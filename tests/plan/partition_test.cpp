#include "plan/partition.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/text.h"
#include "plan/fake_engine.h"
#include "plan/meeting_points.h"
#include "plan/networks.h"
#include "plan/random_graph.h"
#include "support/errors.h"

namespace nnstretch::plan {
namespace {

using testing::random_graph;

const Assignment kThree{{{"cpu", 0}, {"dsp", 1}, {"gpu", 2}}};

std::vector<std::string> names(const Partition& cut, const PartNodes& part) {
  std::vector<std::string> names;
  for (const ir::NodeId id : part.nodes) names.push_back(cut.graph.node(id).name);
  return names;
}

// The part of a node.
size_t part_of(const Partition& cut, std::string_view name) {
  const ir::NodeId id = cut.graph.find(name);
  for (size_t part = 0; part < cut.parts.size(); ++part)
    if (cut.parts[part].nodes.count(id)) return part;
  throw ShapeError({.what = "in no part", .where = std::string(name)});
}

TEST(Partition, CutsAtForksAndJoinsAndPutsTheMeetingPointIntoItsReaders) {
  const Partition cut = partition(testing::two_branches().graph, kThree);
  std::vector<std::vector<std::string>> parts;
  for (const PartNodes& part : cut.parts) parts.push_back(names(cut, part));
  using List = std::vector<std::string>;
  EXPECT_EQ(parts.size(), 6u);
  EXPECT_EQ(parts[0], List({"stem"}));
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "a1")]), List({"a1"}));
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "b1")]), List({"b1"}));
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "a2")]), List({"m1", "a2", "a3"}));
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "b2")]), List({"m1@1", "b2"}));
  EXPECT_EQ(parts[5], List({"m2", "head"}));
  EXPECT_EQ(cut.parts[part_of(cut, "a2")].after,
            (std::vector<size_t>{std::min(part_of(cut, "a1"), part_of(cut, "b1")),
                                 std::max(part_of(cut, "a1"), part_of(cut, "b1"))}));
}

TEST(Partition, OfOneProcessorIsOnePart) {
  const Assignment one{{{"cpu", 0}, {"dsp", 0}, {"gpu", 0}}};
  for (uint32_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(partition(random_graph(seed), one).parts.size(), 1u) << "seed " << seed;
}

TEST(Partition, DoesNotLetANodeWaitForWhatOnlyALaterOneNeeds) {
  // c needs nothing of dsp; d does. A rule that numbers parts by forks and joins alone puts both
  // into one part and c waits for x.
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @0.0.cpu;  b = act a @0.0.cpu;  c = act b @0.0.cpu
    x = act a @0.0.dsp;  y = act b @0.0.dsp
    d = add c x @0.0.cpu
    output d y)"),
                                  kThree);
  EXPECT_NE(part_of(cut, "c"), part_of(cut, "d"));
  EXPECT_EQ(cut.parts[part_of(cut, "c")].after, std::vector<size_t>{part_of(cut, "b")});
}

TEST(Partition, RunsWhatOthersWaitForBeforeWhatNobodyWaitsFor) {
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @0.0.cpu;  side = act a @0.0.cpu;  b = act a @0.0.cpu
    x = act b @0.0.dsp
    output x side)"),
                                  kThree);
  EXPECT_LT(part_of(cut, "b"), part_of(cut, "side"));
  EXPECT_EQ(part_of(cut, "a"), part_of(cut, "b"));
}

// Both branches are written in either order. Of a core's parts the one comes first on which the
// longer branch of the other core waits, and of the other core's parts the longer one.
TEST(Partition, BeginsWithTheLongestWayToTheEnd) {
  const std::string little = "a = act i @0.0.cpu; x = act a @0.0.dsp;";
  const std::string large = "b = act i @0.0.cpu; y = conv b out=64 window=3x3/1x1 @0.0.dsp;";
  for (const std::string& branches : {little + large, large + little}) {
    const Partition cut =
        partition(ir::parse("i = input f32 1x8x8x4;" + branches + "output x y"), kThree);
    ASSERT_EQ(cut.parts.size(), 4u);
    EXPECT_LT(part_of(cut, "b"), part_of(cut, "a"));
    EXPECT_LT(part_of(cut, "y"), part_of(cut, "x"));
  }
}

TEST(Partition, KeepsAMeetingPointThatIsTheOutputOnItsOwnProcessor) {
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @1.0.cpu;  b = act i @1.1.dsp
    m = concat a b @1.-1.dsp
    output m)"),
                                  kThree);
  EXPECT_EQ(cut.parts[part_of(cut, "m")].processor, 1u);
  EXPECT_EQ(part_of(cut, "m"), 2u);
  EXPECT_EQ(cut.graph.node(cut.graph.outputs()[0]).name, "m");
}

TEST(Partition, MovesAMeetingPointOffAProcessorThatNeitherFeedsNorReadsIt) {
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @1.0.cpu;  b = act i @1.0.cpu
    m = concat a b @1.-1.dsp
    c = act m @2.0.cpu
    output c)"),
                                  kThree);
  EXPECT_EQ(cut.parts.size(), 1u);
}

// Each copies it as it needs it; its makers need not wait for either.
TEST(Partition, CopiesAMeetingPointOfOneProcessorToAllThatReadIt) {
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @1.0.cpu;  b = act i @1.0.cpu
    m = concat a b @1.-1.cpu
    c = act m @2.0.dsp;  d = act m @2.0.gpu
    output c d)"),
                                  kThree);
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "c")]), (std::vector<std::string>{"m", "c"}));
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "d")]), (std::vector<std::string>{"m@2", "d"}));
}

TEST(Partition, CopiesMeetingPointsThatReadMeetingPoints) {
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @1.0.cpu;  b = act i @1.1.dsp
    m = concat a b @1.-1.cpu
    n = concat m a @1.-1.cpu
    c = act n @2.0.gpu;  d = act n @2.0.dsp
    output c d)"),
                                  kThree);
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "c")]),
            (std::vector<std::string>{"m@2", "n@2", "c"}));
  EXPECT_EQ(names(cut, cut.parts[part_of(cut, "d")]), (std::vector<std::string>{"m", "n", "d"}));
}

TEST(Partition, DropsWhatNoOutputNeeds) {
  const Partition cut = partition(ir::parse(R"(
    i = input f32 1x2x2x4
    a = act i @1.0.cpu;  dead = act i @1.1.dsp
    output a)"),
                                  kThree);
  EXPECT_EQ(cut.parts.size(), 1u);
}

TEST(Partition, MovesSingleNodesWhenToldTo) {
  Assignment moved = kThree;
  moved.nodes["a2"] = 2;
  const Partition cut = partition(testing::two_branches().graph, moved);
  EXPECT_EQ(cut.parts[part_of(cut, "a2")].processor, 2u);
  EXPECT_EQ(cut.parts[part_of(cut, "a3")].processor, 0u);
}

TEST(Partition, NamesTheRoleThatHasNoProcessor) {
  try {
    partition(testing::two_branches().graph, Assignment{{{"cpu", 0}}});
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find("'dsp'"), std::string::npos) << error.what();
  }
}

TEST(Partition, RefusesANetworkThatComputesNothing) {
  EXPECT_ERROR(partition(ir::parse("x = input f32 1x2x2x4; output x"), kThree), ShapeError,
               "nothing to compute", "check its outputs");
}

TEST(RolesOf, AreInOrderOfFirstUseWithoutThoseOfInnerMeetingPoints) {
  const ir::Graph graph = ir::parse(R"(
    i = input f32 1x2x2x4 @0.0.npu
    a = act i @1.0.dsp;  b = act i @1.1.cpu
    m = concat a b @1.-1.gpu
    c = act m @2.0.dsp
    output c)");
  EXPECT_EQ(roles_of(graph), (std::vector<std::string>{"dsp", "cpu"}));
}

// ---- properties, against brute force

using Reach = std::vector<std::vector<bool>>;  // [from][to]

Reach reachability(const ir::Graph& graph) {
  Reach reach(graph.size(), std::vector<bool>(graph.size()));
  for (ir::NodeId id = 0; id < graph.size(); ++id)
    for (const ir::NodeId reader : graph.readers(id)) reach[id][reader] = true;
  for (size_t k = 0; k < graph.size(); ++k)
    for (size_t i = 0; i < graph.size(); ++i)
      for (size_t j = 0; j < graph.size(); ++j)
        if (reach[i][k] && reach[k][j]) reach[i][j] = true;
  return reach;
}

// Foreign nodes before and after a node.
std::pair<std::set<size_t>, std::set<size_t>> foreign(const AssignedGraph& assigned,
                                                      const Reach& reach, size_t node) {
  std::pair<std::set<size_t>, std::set<size_t>> sets;
  for (size_t other = 0; other < assigned.graph.size(); ++other) {
    if (assigned.processor[other] == kNoProcessor) continue;
    if (assigned.processor[other] == assigned.processor[node]) continue;
    if (reach[other][node]) sets.first.insert(other);
    if (reach[node][other]) sets.second.insert(other);
  }
  return sets;
}

constexpr uint32_t kSeeds = 200;

void check_groups(uint32_t seed) {
  const ir::Graph graph = random_graph(seed);
  const AssignedGraph assigned = assign(graph, kThree);
  const Partition cut = partition(graph, kThree);
  ASSERT_EQ(ir::print(cut.graph), ir::print(assigned.graph));
  const Reach reach = reachability(assigned.graph);
  std::vector<size_t> part(assigned.graph.size(), size_t(-1));
  for (size_t p = 0; p < cut.parts.size(); ++p)
    for (const ir::NodeId id : cut.parts[p].nodes) {
      EXPECT_EQ(part[id], size_t(-1)) << "in two parts: " << assigned.graph.node(id).name;
      EXPECT_EQ(static_cast<int>(cut.parts[p].processor), assigned.processor[id]);
      part[id] = p;
    }
  for (size_t a = 0; a < part.size(); ++a)
    for (size_t b = 0; b < a; ++b) {
      if (assigned.processor[a] == kNoProcessor || assigned.processor[b] == kNoProcessor) continue;
      const bool same = assigned.processor[a] == assigned.processor[b] &&
                        foreign(assigned, reach, a) == foreign(assigned, reach, b);
      EXPECT_EQ(part[a] == part[b], same)
          << assigned.graph.node(a).name << " and " << assigned.graph.node(b).name;
    }
}

void check_order(uint32_t seed) {
  const Partition cut = partition(random_graph(seed, 60), kThree);
  for (size_t p = 0; p < cut.parts.size(); ++p) {
    std::set<size_t> reads;
    for (const ir::NodeId id : cut.parts[p].nodes)
      for (const ir::NodeId operand : cut.graph.node(id).inputs)
        for (size_t q = 0; q < cut.parts.size(); ++q)
          if (q != p && cut.parts[q].nodes.count(operand)) reads.insert(q);
    EXPECT_EQ(std::set<size_t>(cut.parts[p].after.begin(), cut.parts[p].after.end()), reads);
    for (const size_t before : reads) EXPECT_LT(before, p);
  }
}

void check_values(uint32_t seed) {
  const ir::Graph graph = random_graph(seed, 50);
  std::vector<testing::Bytes> inputs;
  for (const ir::NodeId id : graph.inputs()) {
    testing::Bytes bytes(graph.node(id).type.bytes());
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + id);
    inputs.push_back(bytes);
  }
  EXPECT_EQ(testing::fake_evaluate(assign(graph, kThree).graph, inputs),
            testing::fake_evaluate(graph, inputs));
}

TEST(PartitionOfRandomGraphs, GroupsNodesExactlyByWhomTheyWaitForAndWhoWaitsForThem) {
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    check_groups(seed);
  }
}

TEST(PartitionOfRandomGraphs, ListsEveryPartAfterThoseItReads) {
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    check_order(seed);
  }
}

TEST(PartitionOfRandomGraphs, ComputesTheSameValuesAfterMeetingPointsAreCopied) {
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    check_values(seed);
  }
}

}  // namespace
}  // namespace nnstretch::plan
