// Phones and boards by what their kernels tell of their cores: which are alike, which come first,
// and the machine that is found there. No test of this file has met a phone.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/fake_engine.h"
#include "plan/machine.h"
#include "support/fake_sys.h"

namespace nnstretch::plan {
namespace {

using ::testing::ElementsAre;
using testing::FakeSys;

// What is found where two kinds of processors are wanted and no engine reaches a GPU or a DSP:
// "cpu 7, dsp 4, gpu 5".
std::string dealt(const Topology& topology, const std::vector<std::string>& roles,
                  const DiscoverOptions& options = {}) {
  const engines::Engines engines = {std::make_shared<testing::FakeEngine>("litert")};
  std::vector<std::string> said;
  for (const engines::Processor& processor : discover(roles, options, topology, engines).processors)
    said.push_back(fmt::format("{} {}", processor.role, fmt::join(processor.cores, "+")));
  return fmt::format("{}", fmt::join(said, ", "));
}

struct Seen {
  std::vector<int> order, clusters;  // cores as they are dealt; the first core near each core
};

Seen seen(const Topology& topology) {
  Seen seen;
  for (const Core& core : topology.preferred()) seen.order.push_back(core.id);
  for (const Core& core : topology.cores) seen.clusters.push_back(core.cache);
  return seen;
}

TEST(Phones, OfFourBigAndFourLittleCores) {
  FakeSys sys;
  sys.phone({381, 381, 381, 381, 1024, 1024, 1024, 1024});
  const Topology phone = read_topology(sys.path());
  EXPECT_THAT(seen(phone).clusters, ElementsAre(0, 0, 0, 0, 4, 4, 4, 4));
  EXPECT_THAT(seen(phone).order, ElementsAre(4, 5, 6, 7, 0, 1, 2, 3));
  EXPECT_EQ(dealt(phone, {"cpu", "dsp"}), "cpu 4+6+7, dsp 5");
  EXPECT_EQ(dealt(phone, {"cpu", "dsp", "gpu"}), "cpu 4+7, dsp 5, gpu 6");
  EXPECT_EQ(dealt(phone, {"cpu"}), "cpu 4");
}

// The published settings are for such a one ("mi").
TEST(Phones, OfOneThreeAndFourCores) {
  FakeSys sys;
  sys.phone({325, 325, 325, 325, 871, 871, 871, 1024});
  const Topology phone = read_topology(sys.path());
  EXPECT_THAT(seen(phone).clusters, ElementsAre(0, 0, 0, 0, 4, 4, 4, 7));
  EXPECT_THAT(seen(phone).order, ElementsAre(7, 4, 5, 6, 0, 1, 2, 3));
  EXPECT_EQ(dealt(phone, {"cpu", "dsp"}), "cpu 7, dsp 4");
  EXPECT_EQ(dealt(phone, {"cpu", "dsp", "gpu"}), "cpu 7, dsp 4, gpu 5");
}

// Capacities as this phone's kernel tells them. Its two big cores are cores 6 and 7: who binds to 7
// and takes the seven others for little ones measures something else.
TEST(Phones, OfTwoBigTwoMiddleAndFourLittleCoresGetTheBigOnesFirst) {
  FakeSys sys;
  sys.phone({160, 160, 160, 160, 498, 498, 1024, 1024});
  const Topology pixel6 = read_topology(sys.path());
  EXPECT_THAT(seen(pixel6).clusters, ElementsAre(0, 0, 0, 0, 4, 4, 6, 6));
  EXPECT_THAT(seen(pixel6).order, ElementsAre(6, 7, 4, 5, 0, 1, 2, 3));
  EXPECT_EQ(dealt(pixel6, {"cpu", "gpu"}), "cpu 6, gpu 7");
  EXPECT_EQ(dealt(pixel6, {"cpu", "dsp", "gpu"}), "cpu 6, dsp 7, gpu 4");
  EXPECT_EQ(dealt(pixel6, {"cpu", "gpu"}, {.cores = parse_core_mask("f")}), "cpu 0+2+3, gpu 1");
}

// Recorded on the board that `scripts/test --full` boots: four cores, of which two are big.
TEST(Phones, OfTheBoardThatTestsBoot) {
  FakeSys sys;
  sys.copy(read_text(testing::source_folder() / "tests/support/sysfs/board.txt"));
  const Topology board = read_topology(sys.path());
  EXPECT_THAT(seen(board).clusters, ElementsAre(0, 0, 2, 2));
  EXPECT_THAT(seen(board).order, ElementsAre(2, 3, 0, 1));
  EXPECT_EQ(dealt(board, {"cpu", "dsp"}), "cpu 2, dsp 3");
  EXPECT_EQ(dealt(board, {"cpu", "dsp", "gpu"}), "cpu 2, dsp 3, gpu 0");
  EXPECT_EQ(dealt(board, {"cpu", "dsp"}, {.cores = parse_core_mask("3")}), "cpu 0, dsp 1");
}

}  // namespace
}  // namespace nnstretch::plan
