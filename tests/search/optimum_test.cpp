// Small made-up networks, of which every one can be looked at.
#include "search/optimum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/random.h"

namespace nnstretch::search {
namespace {

// What a seed makes: stages with branches on the first 1 to n processors, sometimes a floor, a
// fixed width at meeting points (MB_VER 1), limits of each kind.
class Small {
 public:
  Small(uint64_t seed, int processors) : keyed_({seed, static_cast<uint64_t>(processors)}) {
    processors_ = processors;
    const int widths = processors == 2 ? from_to(2, 3) : 2;
    stages_ = from_to(2, processors == 2 && widths == 2 ? 4 : 3);
    for (int i = 0; i < stages_; ++i) {
      std::vector<int> of_stage;
      for (int k = 0; k < widths; ++k) of_stage.push_back(8 * from_to(1, 6));
      widths_.push_back(of_stage);
      floors_.push_back(random_.chance(0.5) ? 144 * square(4 - i) * of_stage[0] : 0);
    }
    for (int p = 0; p < processors; ++p) speeds_.push_back(random_.uniform(0.5, 2.5));
    fixed_width_ = random_.chance(0.25);
    noise_ = static_cast<uint64_t>(random_.below(1 << 30));
  }

  Problem problem() {
    return {
        .stages = stages_,
        .w_in = kStem,
        .stem = {.ns = 500, .work = -1000, .parameters = 10},
        .ways = [this](int stage, int w_in) { return ways(stage, w_in); },
        .head = [](int w_in) { return Totals{.ns = 3 * w_in, .work = -w_in, .parameters = w_in}; }};
  }

  // Somewhere between what the narrowest and the widest networks have, now and then beyond.
  Goal random_goal() {
    const auto& all = every_network();
    const auto middle = [&](Total total) {
      auto [least, most] = std::ranges::minmax(all, {}, [&](const Totals& t) { return t[total]; });
      return least[total] + static_cast<int64_t>(random_.uniform(-0.05, 0.9) *
                                                 static_cast<double>(most[total] - least[total]));
    };
    if (all.empty()) return {};
    Goal goal;
    goal.minimise = static_cast<Total>(random_.below(3));
    for (const Total total : {Total::latency, Total::work, Total::parameters})
      if (total != goal.minimise && random_.chance(0.6)) goal.limits[total] = middle(total);
    return goal;
  }

  // Recursion over everything, without any cleverness.
  const std::vector<Totals>& every_network() {
    if (!all_.empty()) return all_;
    std::vector<Totals>& all = all_;
    const Problem all_of = problem();
    const auto go_on = [&](const auto& self, int stage, int w_in, Totals so_far) -> void {
      if (stage == stages_) return all.push_back(so_far + all_of.head(w_in));
      for (const Way& way : ways(stage, w_in)) {
        const auto fill = [&](const auto& again, size_t slot, int out, Totals filled) -> void {
          if (slot == way.slots.size()) {
            if (-filled.work < way.least_work) return;
            return self(self, stage + 1, out, so_far + filled + way.extra(out));
          }
          for (const Choice& choice : way.slots[slot]) {
            Totals more = filled + choice.totals;
            more.ns = std::max(filled.ns, choice.totals.ns);
            again(again, slot + 1, out + choice.out, more);
          }
        };
        fill(fill, 0, 0, {});
      }
    };
    go_on(go_on, 0, kStem, all_of.stem);
    return all_;
  }

 private:
  static constexpr int kStem = 16;
  static int64_t square(int64_t x) { return x * x; }
  int from_to(int low, int high) { return low + static_cast<int>(random_.below(high - low + 1)); }

  std::vector<Way> ways(int stage, int w_in) const {
    std::vector<Way> all;
    for (int count = 1; count <= processors_; ++count) {
      Way way{.slots = {},
              .extra = [count](int out) { return Totals{.ns = count > 1 ? 30 + out : 0}; },
              .least_work = floors_[stage]};
      for (int p = 0; p < count; ++p) way.slots.push_back(choices(stage, p, count, w_in));
      all.push_back(way);
    }
    return all;
  }
  std::vector<Choice> choices(int stage, int processor, int count, int w_in) const {
    std::vector<Choice> all;
    for (const int width : widths_[stage])
      for (int depth = 1; depth <= 2; ++depth) {
        const int64_t weights = 9 * (int64_t{w_in} * width + (depth - 1) * square(width));
        const int64_t work = square(4 - stage) * weights;
        const uint64_t key = noise_ + stage * 131 + processor * 31 + width * 17 + depth;
        const auto noise = static_cast<int64_t>(key * 2654435761u % 400);
        all.push_back(
            {.size = {depth, width},
             .out = fixed_width_ ? 48 / count : width,
             .totals = {.ns = static_cast<int64_t>(static_cast<double>(work) / speeds_[processor]) +
                              200 * depth + noise,
                        .work = -work,
                        .parameters = weights}});
      }
    return all;
  }

  KeyedRandom keyed_;
  Random& random_ = keyed_;  // which has more ways to draw
  int processors_ = 2, stages_ = 2;
  std::vector<std::vector<int>> widths_;
  std::vector<int64_t> floors_;
  std::vector<double> speeds_;
  bool fixed_width_ = false;
  uint64_t noise_ = 0;
  std::vector<Totals> all_;
};

std::optional<int64_t> by_brute_force(Small& small, const Goal& goal) {
  std::optional<int64_t> best;
  for (const Totals& one : small.every_network())
    if (goal.met_by(one) && (!best || one[goal.minimise] < *best)) best = one[goal.minimise];
  return best;
}

class EverySmallNetwork : public ::testing::TestWithParam<int> {};

TEST_P(EverySmallNetwork, IsNoBetterThanTheOneFound) {
  int none = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    Small small(seed, GetParam());
    const Goal goal = small.random_goal();
    const auto best = by_brute_force(small, goal);
    const Answer answer = optimum(small.problem(), goal);
    ASSERT_TRUE(answer.proven) << "seed " << seed;
    ASSERT_EQ(answer.best.empty(), !best) << "seed " << seed;
    if (!best && ++none) continue;
    EXPECT_EQ(answer.best[0].totals[goal.minimise], *best) << "seed " << seed;
    EXPECT_TRUE(goal.met_by(answer.best[0].totals)) << "seed " << seed;
    EXPECT_EQ(answer.gap(goal.minimise), 0);
  }
  EXPECT_LT(none, 75) << "too few of the goals can be met to say much";
}

INSTANTIATE_TEST_SUITE_P(TwoAndThreeProcessors, EverySmallNetwork, ::testing::Values(2, 3));

TEST(Optimum, GivesOthersThatDifferWhereSeveralAreWanted) {
  Small small(7, 2);
  const Answer answer = optimum(small.problem(), {}, {.count = 3});
  ASSERT_FALSE(answer.best.empty());
  for (size_t i = 1; i < answer.best.size(); ++i)
    EXPECT_GE(answer.best[i].totals.ns, answer.best[i - 1].totals.ns);
}

TEST(Optimum, SaysHowFarItMayBeFromTheBestWhenItsEffortIsSpent) {
  Small small(11, 3);
  const auto& all = small.every_network();
  const auto [least, most] = std::ranges::minmax(all, {}, &Totals::work);
  const Goal goal{.minimise = Total::latency,
                  .limits = {kNoLimit, (least.work + most.work) / 2, kNoLimit}};
  const Answer answer = optimum(small.problem(), goal, {.count = 1, .most_steps = 1});
  const auto best = by_brute_force(small, goal);
  ASSERT_FALSE(answer.best.empty());
  EXPECT_FALSE(answer.proven);
  EXPECT_LE(answer.bound, static_cast<double>(*best));
  EXPECT_GE(static_cast<double>(answer.best[0].totals.ns) * (1 - answer.gap(Total::latency)),
            answer.bound - 1);
}

}  // namespace
}  // namespace nnstretch::search
