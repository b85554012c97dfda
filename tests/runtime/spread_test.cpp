#include <algorithm>

#include "runtime/spread.h"

#include <gtest/gtest.h>

#include "engines/reference/evaluate.h"
#include "ir/subgraph.h"
#include "ir/text.h"
#include "runtime/plan.h"
#include "runtime/spread_plan.h"
#include "support/samples.h"

namespace nnstretch::runtime {
namespace {

using testing::Random;

// So many cores of one kind, a role each.
struct Cores {
  explicit Cores(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      engines::Processor core;
      core.name = core.role = "core" + std::to_string(i);
      core.cores = {static_cast<int>(i)};
      placement.roles[core.role] = i;
      processors.push_back(core);
    }
  }
  std::optional<Spread> spread(const ir::Model& model, double meeting) const {
    return runtime::spread(model, placement, processors, Topology(), meeting);
  }
  Placement placement;
  std::vector<engines::Processor> processors;
};

// A chain of layers with residual sums and gates, as stems, single branches and heads have them;
// with values that are read twice by one operator, values that nobody reads, and names of the kind
// that shares get.
class Chain {
 public:
  explicit Chain(Random& random) : random_(random) {
    height_ = random.integer(5, 24), channels_ = 16 * random.integer(1, 4);
    add("input i8 1x" + std::to_string(height_) + "x9x" + std::to_string(channels_));
    for (int layers = random.integer(2, 9); layers-- > 0;) layer();
    if (random.integer(0, 1)) {
      add("mean " + last() + " keep=0");
      add("linear " + last() + " out=" + std::to_string(random.integer(20, 80)));
    }
    text_ += "output " + last();
  }
  const std::string& text() const { return text_; }

 private:
  std::string last() const { return value(0); }
  std::string value(size_t back) const { return names_.at(names_.size() - 1 - back); }

  std::string new_name() {
    const std::string name = "n" + std::to_string(count_++);
    if (names_.empty() || random_.integer(0, 2)) return name;
    const std::string like_a_share = last() + "/" + std::to_string(random_.integer(1, 2));
    return text_.find(like_a_share) == text_.npos ? like_a_share : name;
  }

  void add(const std::string& statement) {
    const bool has_scale =
        statement.find("pool") == statement.npos && statement.find("slice") == statement.npos;
    const std::string name = new_name();
    text_ += name + " = " + statement +
             (has_scale ? " q=0.1," + std::to_string(random_.integer(-20, 20)) : "") +
             " @0.0.core0\n";
    names_.push_back(name);
  }

  void add_unread() {
    add("slice " + last() + " axis=3 begin=0 size=8");
    names_.pop_back();
  }

  void conv(int kernel, int stride, int groups, int out) {
    const std::string k = std::to_string(kernel), s = std::to_string(stride);
    add("conv " + last() + " out=" + std::to_string(out) + " window=" + k + "x" + k + "/" + s +
        "x" + s + " bias=1 act=relu groups=" + std::to_string(groups));
    height_ = (height_ - 1) / stride + 1;
    channels_ = out;
  }

  void layer() {
    if (random_.integer(0, 3) == 0) add_unread();
    switch (random_.integer(0, 6)) {
      case 0:
        conv(random_.one_of({3, 5, 7}), height_ > 6 ? 2 : 1, 1, 16 * random_.integer(1, 4));
        break;
      case 1:
        conv(3, 1, channels_ / random_.one_of({1, 16}), channels_);
        break;
      case 2:
        conv(3, 1, 1, channels_);
        add("add " + last() + " " + value(1));
        break;
      case 3:
        add("max_pool " + last() + " window=3x3/1x1");
        break;
      case 4:
        add("mean " + last());
        add("conv " + last() + " out=" + std::to_string(channels_) + " window=1x1/1x1 bias=1");
        add("mul " + value(2) + " " + last());
        break;
      case 5:
        add(random_.one_of({"add ", "mul "}) + last() + " " + last());
        break;
      default:
        conv(1, 1, 1, 16 * random_.integer(1, 4));
    }
  }

  Random& random_;
  std::string text_;
  std::vector<std::string> names_;  // of values that are read
  int count_ = 0, height_, channels_;
};

size_t placed_on(const Spread& spread, size_t processor) {
  size_t count = 0;
  for (const auto& [name, at] : spread.placement.nodes) count += at == processor;
  return count;
}

TEST(Spread, ComputesTheSameBytes) {
  size_t were_spread = 0;
  for (uint32_t i = 0; i < 300; ++i) {
    const uint32_t seed = testing::base_seed() * 1000 + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::string text = Chain(random).text();
    SCOPED_TRACE(text);
    const ir::Model model = testing::random_model(text, random);
    const Cores cores(static_cast<size_t>(random.integer(2, 4)));
    // A meeting point may cost nothing, so that everything is cut, or as much as some layers.
    const auto wide = cores.spread(model, random.one_of({0.0, 1e4, 1e5}));
    if (!wide) continue;
    ++were_spread;
    for (size_t p = 0; p < cores.processors.size(); ++p) EXPECT_GT(placed_on(*wide, p), 0u);
    const auto inputs = testing::random_inputs(model.graph, random);
    ASSERT_EQ(engines::evaluate(wide->model, inputs), engines::evaluate(model, inputs));
  }
  EXPECT_GT(were_spread, 200u);
}

TEST(Spread, LeavesStagesThatBranchAndWorkThatIsNotWorthIt) {
  Random random(testing::base_seed());
  const std::string branches = R"(
    x = input i8 1x32x32x64 q=0.1,0
    a = conv x out=64 window=3x3/1x1 q=0.1,0 @1.0.core0
    b = conv x out=64 window=3x3/1x1 q=0.1,0 @1.1.core1
    output a b)";
  EXPECT_FALSE(Cores(2).spread(testing::random_model(branches, random), 0));
  const std::string lone = R"(
    x = input i8 1x32x32x64 q=0.1,0
    a = conv x out=64 window=3x3/1x1 q=0.1,0 @0.0.core0
    output a)";
  const ir::Model model = testing::random_model(lone, random);
  EXPECT_TRUE(Cores(2).spread(model, 1e6));
  EXPECT_FALSE(Cores(2).spread(model, 1e8));
  EXPECT_FALSE(Cores(1).spread(model, 0));
}

TEST(Spread, TakesValuesReadTwiceValuesThatNobodyReadsAndNamesLikeItsOwn) {
  const std::string_view networks[] = {
      "y = mul x x q=0.1,0 @0.0.core0; {} output b",
      "y = add x x q=0.1,0 @0.0.core0; {} output b",
      "s = slice x axis=3 begin=0 size=8 @0.0.core0; y = mul x x q=0.1,0 @0.0.core0; {} output b",
      "y = act x q=0.1,0 @0.0.core0; {} b/1 = act y q=0.1,0 @0.0.core0; output b/1 b",
      "y/1/x = act x q=0.1,0 @0.0.core0; y = act x q=0.1,0 @0.0.core0; {} output y/1/x b",
  };
  for (const std::string_view network : networks) {
    SCOPED_TRACE(network);
    Random random(testing::base_seed());
    const std::string conv = "b = conv y out=64 window=3x3/1x1 q=0.1,0 @0.0.core0;";
    const ir::Model model = testing::random_model(
        "x = input i8 1x32x32x64 q=0.1,0;" + fmt::format(fmt::runtime(network), conv), random);
    const auto inputs = testing::random_inputs(model.graph, random);
    for (const double meeting : {0.0, 1e5}) {
      const auto wide = Cores(2).spread(model, meeting);
      ASSERT_TRUE(wide);
      EXPECT_EQ(engines::evaluate(wide->model, inputs), engines::evaluate(model, inputs));
    }
  }
}

TEST(Spread, LeavesValuesInUint8Whole) {
  Random random(testing::base_seed());
  const ir::Model model = testing::random_model(R"(
    x = input u8 1x32x32x16 q=0.1,128
    in = quantize x q=0.1,0 @0.0.core0
    a = conv in out=64 window=3x3/1x1 q=0.1,0 @0.0.core0
    output a)",
                                                random);
  const auto wide = Cores(2).spread(model, 0);
  ASSERT_TRUE(wide);
  const auto inputs = testing::random_inputs(model.graph, random);
  EXPECT_EQ(engines::evaluate(wide->model, inputs), engines::evaluate(model, inputs));
}

TEST(Spread, LeavesCoresThatAreNotAlikeAlone) {
  Random random(testing::base_seed());
  const ir::Model model = testing::random_model(R"(
    x = input i8 1x32x32x64 q=0.1,0
    a = conv x out=64 window=3x3/1x1 q=0.1,0 @0.0.core0
    output a)",
                                                random);
  Cores cores(2);
  cores.processors[1].precision = engines::Precision::f32;
  EXPECT_FALSE(cores.spread(model, 0));
}

// The least sum over every way to cut, tried one after another.
double least_cost(const ir::Graph& graph, const std::vector<ir::NodeId>& run, int shares,
                  double meeting) {
  double least = 1e300;
  for (uint32_t cuts = 0; cuts < 1u << (run.size() - 1); ++cuts) {
    double sum = 0;
    std::vector<ir::NodeId> piece;
    for (size_t i = 0; i < run.size(); ++i) {
      piece.push_back(run[i]);
      if (i + 1 < run.size() && !(cuts >> i & 1)) continue;
      sum += cost_of(graph, piece, shares, meeting);
      piece.clear();
    }
    least = std::min(least, sum);
  }
  return least;
}

TEST(CutIntoPieces, FindsTheLeastCost) {
  for (uint32_t i = 0; i < 40; ++i) {
    const uint32_t seed = testing::base_seed() * 1000 + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const ir::Graph all = ir::parse(Chain(random).text());
    const ir::Graph graph = ir::with_outputs(all, all.outputs());
    std::vector<ir::NodeId> run;
    for (ir::NodeId id = 1; id < graph.size() && run.size() < 9; ++id) run.push_back(id);
    double sum = 0;
    for (const Piece& piece : cut_into_pieces(graph, run, 2, 1e5))
      sum += cost_of(graph, piece.nodes, 2, 1e5);
    EXPECT_DOUBLE_EQ(sum, least_cost(graph, run, 2, 1e5));
  }
}

}  // namespace
}  // namespace nnstretch::runtime
