// How many threads a training takes where others work.
#include "train/free_cores.h"

#include <gtest/gtest.h>

namespace nnstretch::train {
namespace {

using Times = std::map<int, CoreTime>;

TEST(FreeCores, AreThoseThatNobodyElseUses) {
  const Times before = {{0, {100, 0}}, {1, {200, 0}}, {2, {0, 0}}, {3, {0, 0}}};
  const auto after = [&](double a, double b, double c, double d) {
    return Times{{0, {100 + a, 0}}, {1, {200 + b, 0}}, {2, {c, 0}}, {3, {d, 0}}};
  };
  const std::vector<int> cores = {0, 1, 2, 3};
  EXPECT_EQ(free_cores(cores, before, after(0, 0, 0, 0), 0.5), 4);
  EXPECT_EQ(free_cores(cores, before, after(0.5, 0, 0, 0), 0.5), 3);
  EXPECT_EQ(free_cores(cores, before, after(0.5, 0.5, 0.5, 0), 0.5), 1);
  EXPECT_EQ(free_cores(cores, before, after(0.5, 0.5, 0.5, 0.5), 0.5), 1);  // one at least
  EXPECT_EQ(free_cores(cores, before, after(0.25, 0.25, 0, 0), 0.5), 3);    // two halves
  EXPECT_EQ(free_cores({2, 3}, before, after(0.5, 0.5, 0, 0), 0.5), 2);     // those it may use
  EXPECT_EQ(free_cores(cores, {}, {}, 0.5), 4);
}

}  // namespace
}  // namespace nnstretch::train
