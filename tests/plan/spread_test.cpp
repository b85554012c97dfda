#include "plan/spread.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engines/reference/evaluate.h"
#include "ir/subgraph.h"
#include "ir/text.h"
#include "plan/plan.h"
#include "plan/spread_plan.h"
#include "support/samples.h"

namespace nnstretch::plan {
namespace {

using ::testing::ElementsAre;
using testing::Random;

// So many cores of one kind, a role each.
struct Cores {
  explicit Cores(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      engines::Processor core;
      core.name = core.role = "core" + std::to_string(i);
      core.cores = {static_cast<int>(i)};
      assignment.roles[core.role] = i;
      processors.push_back(core);
    }
  }
  std::optional<Spread> spread(const ir::Model& model, double meeting) const {
    return plan::spread(model, assignment, processors, Topology(), {.meeting = meeting});
  }
  Assignment assignment;
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
  for (const auto& [name, at] : spread.assignment.nodes) count += at == processor;
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

// ---- the choice, against formulas

// Of each core the rows, or channels, that its shares of a convolution make.
std::vector<int64_t> dealt(const Spread& spread, size_t cores, size_t axis) {
  std::vector<int64_t> sizes(cores);
  for (const ir::Node& node : spread.model.graph.nodes())
    if (const auto at = spread.assignment.nodes.find(node.name);
        at != spread.assignment.nodes.end() && std::get_if<ir::Conv2d>(&node.op))
      sizes[at->second] += node.type.shape[axis];
  return sizes;
}

TEST(Spread, DealsEvenly) {
  Random random(testing::base_seed());
  const ir::Model rows = testing::random_model(
      "x = input i8 1x60x32x64 q=0.1,0; y = conv x out=64 window=3x3/1x1 q=0.1,0 @0.0.core0; "
      "output y",
      random);
  EXPECT_THAT(dealt(Cores(2).spread(rows, 0).value(), 2, 1), ElementsAre(30, 30));
  EXPECT_THAT(dealt(Cores(3).spread(rows, 0).value(), 3, 1), ElementsAre(20, 20, 20));
  EXPECT_THAT(dealt(Cores(4).spread(rows, 0).value(), 4, 1), ElementsAre(15, 15, 15, 15));
  const ir::Model channels = testing::random_model(
      "x = input i8 1x1x1x64 q=0.1,0; y = conv x out=128 window=1x1/1x1 q=0.1,0 @0.0.core0; "
      "output y",
      random);
  EXPECT_THAT(dealt(Cores(2).spread(channels, 0).value(), 2, 3), ElementsAre(64, 64));
  EXPECT_THAT(dealt(Cores(4).spread(channels, 0).value(), 4, 3), ElementsAre(32, 32, 32, 32));
}

// A meeting point is worth 4e6 multiply-adds (cost_model.h). Two cores spare half of a convolution
// of 16 x 16 pixels, 4.9e6, and 3.7e6 of one of 12 x 16.
TEST(Spread, IsWorthAMeetingPointOrIsNotDone) {
  Random random(testing::base_seed());
  const auto is_spread = [&](const std::string& image) {
    const ir::Model model =
        testing::random_model("x = input i8 1x" + image +
                                  "x64 q=0.1,0; y = conv x out=64 window=3x3/1x1 q=0.1,0 "
                                  "@0.0.core0; output y",
                              random);
    const Cores two(2);
    return plan::spread(model, two.assignment, two.processors, Topology()).has_value();
  };
  EXPECT_TRUE(is_spread("16x16"));
  EXPECT_FALSE(is_spread("12x16"));
}

// A chain of dense convolutions of stride 1. What a piece of it costs, from the rules
// in spread.h and cost_model.h: the longest share, in which inner layers make the rows, or all the
// channels, that the next one reads; and the meeting point.
class DenseChain {
 public:
  struct Layer {
    int64_t kernel, in, out;
  };

  explicit DenseChain(Random& random)
      : cores_(random.integer(2, 4)),
        meeting_(random.one_of({1e4, 1e6, 3e7})),
        rows_(random.integer(4, 40)),
        columns_(8) {
    int64_t channels = 64;
    for (int layers = random.integer(2, 7); layers-- > 0;) {
      layers_.push_back({random.one_of({1, 3, 7}), channels, 64 * random.integer(1, 3)});
      channels = layers_.back().out;
    }
  }

  std::string text() const {
    std::string text = fmt::format("n0 = input i8 1x{}x{}x64 q=0.1,0\n", rows_, columns_);
    for (size_t i = 0; i < layers_.size(); ++i)
      text += fmt::format("n{} = conv n{} out={} window={}x{}/1x1 q=0.1,0 @0.0.core0\n", i + 1, i,
                          layers_[i].out, layers_[i].kernel, layers_[i].kernel);
    return text + fmt::format("output n{}", layers_.size());
  }
  size_t size() const { return layers_.size(); }
  int cores() const { return cores_; }
  double meeting() const { return meeting_; }

  double cost(size_t begin, size_t end, std::optional<ir::Along> along) const {
    if (!along) return whole(begin, end);
    return meeting_ + (*along == ir::Along::rows ? by_rows(begin, end) : by_channels(begin, end));
  }

  // Every way to cut, and every way to share each piece.
  double least(size_t begin = 0) const {
    if (begin == size()) return 0;
    double least = 1e300;
    for (size_t end = begin + 1; end <= size(); ++end)
      for (const auto along : {std::optional<ir::Along>(), std::optional(ir::Along::rows),
                               std::optional(ir::Along::channels)})
        least = std::min(least, cost(begin, end, along) + this->least(end));
    return least;
  }

 private:
  double effort(size_t i) const {
    const Layer& l = layers_[i];
    const int64_t weights = l.kernel * l.kernel * l.in * l.out, pixels = rows_ * columns_;
    return static_cast<double>(weights * pixels + 8 * (pixels * l.out + weights));
  }
  double whole(size_t begin, size_t end) const {
    double sum = 0;
    for (size_t i = begin; i < end; ++i) sum += effort(i);
    return sum;
  }
  double by_rows(size_t begin, size_t end) const {
    double longest = 0;
    for (int core = 0; core < cores_; ++core) {
      int64_t first = rows_ * core / cores_, last = rows_ * (core + 1) / cores_;
      double sum = 0;
      for (size_t i = end; i-- > begin;) {
        sum += effort(i) * static_cast<double>(last - first) / static_cast<double>(rows_);
        const int64_t border = layers_[i].kernel / 2;
        first = std::max<int64_t>(first - border, 0), last = std::min(last + border, rows_);
      }
      longest = std::max(longest, sum);
    }
    return longest;
  }
  // In vectors of 16.
  double by_channels(size_t begin, size_t end) const {
    const int64_t vectors = layers_[end - 1].out / 16;
    int64_t most = 0;
    for (int core = 0; core < cores_; ++core)
      most = std::max(most, vectors * (core + 1) / cores_ - vectors * core / cores_);
    const double share = static_cast<double>(most) / static_cast<double>(vectors);
    return whole(begin, end - 1) + effort(end - 1) * share;
  }

  int cores_;
  double meeting_;
  int64_t rows_, columns_;
  std::vector<Layer> layers_;
};

TEST(CutIntoPieces, ChoosesWhatFormulasCallCheapest) {
  std::set<std::optional<ir::Along>> chosen;
  for (uint32_t i = 0; i < 60; ++i) {
    const uint32_t seed = testing::base_seed() * 1000 + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const DenseChain chain(random);
    const ir::Graph graph = ir::parse(chain.text());
    std::vector<ir::NodeId> run;
    for (ir::NodeId id = 1; id < graph.size(); ++id) run.push_back(id);
    double sum = 0;
    for (const Piece& piece :
         cut_into_pieces(graph, run, chain.cores(), {.meeting = chain.meeting()})) {
      sum += chain.cost(piece.nodes.front() - 1, piece.nodes.back(), piece.along);
      chosen.insert(piece.along);
    }
    EXPECT_NEAR(sum / chain.least(), 1, 1e-9);
  }
  EXPECT_EQ(chosen.size(), 3u);  // the chains have work of every kind
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
      sum += cost_of(graph, piece, shares, {.meeting = meeting});
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
    for (const Piece& piece : cut_into_pieces(graph, run, 2, {.meeting = 1e5}))
      sum += cost_of(graph, piece.nodes, 2, {.meeting = 1e5});
    EXPECT_DOUBLE_EQ(sum, least_cost(graph, run, 2, 1e5));
  }
}

}  // namespace
}  // namespace nnstretch::plan
