// MATLAB files, put together here from the description of the format, sound and damaged. What scipy
// wrote is read in archives_test.cpp.
#include "data/mat_struct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "base/error.h"
#include "data/imagenet_synsets.h"
#include "data/mat_bytes.h"

namespace nnstretch::data {
namespace {

using ::testing::HasSubstr;
using namespace nnstretch::testing::mat;
std::span<const std::byte> view(const Bytes& bytes) { return std::as_bytes(std::span(bytes)); }

std::string complaint(const Bytes& bytes) {
  try {
    parse_synsets(view(bytes), "meta.mat");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "read";
}

TEST(MatStruct, IsReadPackedOrNotWhereverItStands) {
  const SynsetIds expected = {{7, "n02119789"}, {300, "n01440764"}};
  const Bytes other = matrix(6, {1, 1}, "other", element(9, raw<double>({1})));
  for (const Bytes& content :
       {synsets(), packed(synsets()), packed(other) + packed(synsets()), other + synsets()})
    EXPECT_EQ(parse_synsets(view(header() + content), "meta.mat"), expected);
}

TEST(MatStruct, SaysWhatIsMissing) {
  EXPECT_THAT(complaint("no MATLAB file"), HasSubstr("meta.mat: the data ends too early"));
  EXPECT_THAT(complaint(Bytes(128, 'x') + synsets()), HasSubstr("no MATLAB 5 file"));
  EXPECT_THAT(complaint(header()), HasSubstr("no struct array named synsets"));
  EXPECT_THAT(
      complaint(header() + matrix(2, {1, 1}, "synsets", names(8, {"WNID"}) + text("n02119789"))),
      HasSubstr("has no num_children"));
  EXPECT_THAT(complaint(header() + matrix(2, {1, 1}, "synsets",
                                          names(16, {"num_children", "WNID", "ILSVRC2012_ID"}) +
                                              number(small(2, raw<uint8_t>({0}))) + text("house") +
                                              number(small(2, raw<uint8_t>({1}))))),
              HasSubstr("row 0 of synsets is no class"));
}

TEST(MatStruct, RefusesWhatPromisesMoreThanItHolds) {
  for (const std::initializer_list<int32_t> sizes :
       {std::initializer_list<int32_t>{2'000'000'000, 2'000'000'000}, {1'000'000, 1}, {-1, 1}})
    EXPECT_NE(
        complaint(header() + matrix(2, sizes, "synsets", names(8, {"WNID"}) + text("n02119789"))),
        "read");
  EXPECT_THAT(complaint(header() + packed(Bytes(size_t{100} << 20, '\0'))),
              HasSubstr("unpacks to more than 64 MiB"));
}

TEST(MatStruct, SurvivesBeingCutAnywhere) {
  for (const Bytes& whole : {header() + synsets(), header() + packed(synsets())})
    for (size_t size = 0; size + 8 < whole.size(); ++size)
      ASSERT_NE(complaint(whole.substr(0, size)), "read") << size;
}

TEST(MatStruct, SurvivesEveryByteChanged) {
  std::mt19937 random(17);
  const Bytes plain = synsets();
  size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes changed = plain;
    for (int flips = 1 + round % 3; flips > 0; --flips)
      changed[random() % changed.size()] = static_cast<char>(random());
    read += complaint(header() + (round % 2 ? changed : packed(changed))) == "read";
  }
  EXPECT_GT(read, 100u);
  EXPECT_LT(read, 19'000u);
}

}  // namespace
}  // namespace nnstretch::data
