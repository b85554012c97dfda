// The operations of AutoAugment and RandAugment against the Python Imaging Library's
// (tests/data/data/make-augmented), policies, ranges and signs against timm's (make-policies), and
// how often they are drawn.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "base/npy.h"
#include "data/augment.h"
#include "data/augment_ops.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

struct Case {
  Op op;
  double value;
};
// In the order of the file.
constexpr Case cases[] = {
    {Op::auto_contrast, 0},   {Op::equalize, 0},        {Op::invert, 0},
    {Op::rotate, 0},          {Op::rotate, 24},         {Op::rotate, -7.5},
    {Op::posterize, 0.5},     {Op::posterize_inc, 1.9}, {Op::solarize, 76.8},
    {Op::solarize_inc, 128},  {Op::solarize_add, 33},   {Op::solarize_add, 76.5},
    {Op::colour, 0.1},        {Op::colour, 1.72},       {Op::contrast, 0.55},
    {Op::contrast, 1.9},      {Op::brightness, 0.1},    {Op::brightness, 1.45},
    {Op::sharpness, 0.1},     {Op::sharpness, 1.9},     {Op::shear_x, 0.3},
    {Op::shear_x, -0.12},     {Op::shear_y, 0.21},      {Op::translate_x, -0.45},
    {Op::translate_x, 0.135}, {Op::translate_y, 0.33},
};

TEST(Augment, EveryOperationGivesTheBytesOfPil) {
  constexpr int side = 20;
  constexpr size_t size = side * side * 3;
  const NpyArray file =
      read_npy(nnstretch::testing::source_folder() / "tests/data/data/augmented.npy");
  const auto pictures = file.as<uint8_t>();
  ASSERT_EQ(pictures.size(), size * (1 + std::size(cases)));
  for (size_t i = 0; i < std::size(cases); ++i) {
    std::vector<uint8_t> ours(pictures.begin(), pictures.begin() + size);
    apply_op(cases[i].op, cases[i].value, {ours, side});
    for (size_t at = 0; at < size; ++at)
      ASSERT_EQ(ours[at], pictures[(i + 1) * size + at])
          << "case " << i << " row " << at / (3 * side) << " column " << at / 3 % side;
  }
}

// Every number it is asked for is the same one.
class Constant final : public Random {
 public:
  Constant(double draw, int64_t index, int64_t count) : draw_(draw), index_(index), count_(count) {}
  double uniform() override { return draw_; }
  int64_t below(int64_t count) override {
    EXPECT_EQ(count, count_);
    return index_;
  }
  double normal() override { return 0; }

 private:
  double draw_;
  int64_t index_, count_;
};

// As tests/data/data/make-policies has them.
constexpr int side_of_policies = 8, policies = 25, operations = 15;
constexpr double draws_of_policies[] = {0.1, 0.3, 0.5, 0.55, 0.7, 0.9}, signs[] = {0.3, 0.8};
constexpr const char* magnitudes[] = {"0", "0.1", "0.5", "0.9", "1"};

class Policies : public ::testing::Test {
 protected:
  // The picture, augmented, is the next one of the file.
  void expect_next(const Augmentation& augmentation, Constant random, const std::string& what) {
    constexpr size_t size = side_of_policies * side_of_policies * 3;
    const auto pictures = file_.as<uint8_t>();
    std::vector<uint8_t> ours(pictures.begin(), pictures.begin() + size);
    augmentation.apply(ours, side_of_policies, random);
    const auto wanted = pictures.subspan(size * ++at_, size);
    EXPECT_EQ(ours, std::vector<uint8_t>(wanted.begin(), wanted.end())) << what;
  }

  NpyArray file_ = read_npy(nnstretch::testing::source_folder() / "tests/data/data/policies.npy");
  size_t at_ = 0;
};

// Probabilities show in which draws leave the picture alone, values and signs in its bytes.
TEST_F(Policies, AreThoseOfTimm) {
  const Augmentation automatic("AutoAugment");
  for (int policy = 0; policy < policies; ++policy)
    for (const double draw : draws_of_policies)
      expect_next(automatic, {draw, policy, policies},
                  "policy " + std::to_string(policy) + " draw " + std::to_string(draw));
  for (int op = 0; op < operations; ++op)
    for (const std::string magnitude : magnitudes)
      for (const double sign : signs)
        expect_next(Augmentation("RandAugment_N1_M" + magnitude), {sign, op, operations},
                    "operation " + std::to_string(op) + " M " + magnitude);
  EXPECT_EQ(at_ + 1, static_cast<size_t>(file_.shape.at(0)));
}

// A grey picture of one value: which operation was drawn shows in the value it leaves.
TEST(Augment, RandAugmentDrawsEveryOperationAlike) {
  constexpr int draws = 15'000;
  KeyedRandom random{1};
  const Augmentation one("RandAugment_N1_M1");
  std::map<int, int> seen;
  for (int i = 0; i < draws; ++i) {
    std::vector<uint8_t> pixel(3, 100);
    one.apply(pixel, 1, random);
    ++seen[pixel[0]];
  }
  const double share = draws / 15.0, spread = 5 * std::sqrt(share);
  EXPECT_NEAR(seen[155], 2 * share, spread);  // invert, and solarize from 0 on
  EXPECT_NEAR(seen[210], share, spread);      // 110 added
  EXPECT_NEAR(seen[10], share / 2, spread);   // brightness 0.1; half of the time it is 1.9
  EXPECT_NEAR(seen[190], share / 2, spread);
}

TEST(Augment, ProbabilityAndCountAreThoseOfTheText) {
  constexpr int draws = 10'000;
  KeyedRandom random{2};
  const auto changed = [&](const char* text) {
    const Augmentation augmentation(text);
    int count = 0;
    for (int i = 0; i < draws; ++i) {
      std::vector<uint8_t> pixel = {10, 100, 200};
      augmentation.apply(pixel, 1, random);
      count += pixel != std::vector<uint8_t>{10, 100, 200};
    }
    return count;
  };
  EXPECT_EQ(changed("RandAugment_N0"), 0);
  EXPECT_EQ(changed("RandAugment_P0"), 0);
  EXPECT_EQ(changed(""), 0);
  const int all = changed("RandAugment_N1_M1");
  EXPECT_NEAR(changed("RandAugment_N1_M1_P0.25"), all / 4, 250);
  EXPECT_GT(changed("AutoAugment"), draws / 4);
}

TEST(Augment, RefusesOtherTexts) {
  for (const char* text :
       {"Cutout", "RandAugment_", "RandAugment_N2_M2", "RandAugment_M", "AutoAugment_N2",
        "RandAugment_X1", "RandAugment_N-1", "randaugment", "RandAugment_Mnan"})
    EXPECT_THROW(Augmentation{text}, UsageError) << text;
}

}  // namespace
}  // namespace nnstretch::data
