#include "base/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cpu_group.h"
#include "base/error.h"
#include "base/threads.h"
#include "support/fake_sys.h"

namespace nnstretch {
namespace {

using ::testing::ElementsAre;
using testing::FakeSys;

std::vector<int> ids(const std::vector<Core>& cores) {
  std::vector<int> ids;
  for (const Core& core : cores) ids.push_back(core.id);
  return ids;
}

TEST(Topology, PutsSecondHardwareThreadsLast) {
  FakeSys sys;
  sys.write("devices/system/cpu/online", "0-3");
  for (int core = 0; core < 4; ++core)
    sys.cpu(core, "topology/thread_siblings_list", core % 2 ? "1,3" : "0,2");
  const Topology topology = read_topology(sys.path());
  EXPECT_THAT(ids(topology.preferred()), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(ids(read_topology(sys.path(), std::vector<int>{0, 2, 3}).preferred()),
              ElementsAre(0, 3, 2));
}

TEST(Topology, StaysOnOneMemoryNodeAndNearOneCache) {
  FakeSys sys;
  sys.write("devices/system/cpu/online", "0-5");
  sys.write("devices/system/node/node0/cpulist", "0,2,4-5");
  sys.write("devices/system/node/node1/cpulist", "1,3");
  for (int core = 0; core < 6; ++core) {
    sys.cpu(core, "cache/index0/level", "1");
    sys.cpu(core, "cache/index0/shared_cpu_list", std::to_string(core));
    sys.cpu(core, "cache/index3/level", "3");
    sys.cpu(core, "cache/index3/shared_cpu_list",
            core == 0 || core == 4 ? "0,4" : std::to_string(core));
  }
  EXPECT_THAT(ids(read_topology(sys.path()).preferred()), ElementsAre(0, 4, 2, 5, 1, 3));
}

TEST(Topology, KnowsTheLittleCoresOfAPc) {
  FakeSys sys;
  sys.write("devices/system/cpu/online", "0-3");
  sys.write("devices/cpu_atom/cpus", "0-1");
  EXPECT_THAT(ids(read_topology(sys.path()).preferred()), ElementsAre(2, 3, 0, 1));
}

TEST(Topology, NeedsACoreThatMayBeUsed) {
  FakeSys sys;
  EXPECT_THROW(read_topology(sys.path()), IoError);
  sys.write("devices/system/cpu/online", "0-1");
  EXPECT_THROW(read_topology(sys.path(), std::vector<int>{7}), IoError);
}

TEST(Topology, OfThisComputerHasTheCoresThisProcessMayUse) {
  if (cpu_group().quota.value_or(1e9) < static_cast<double>(allowed_cores().size()))
    GTEST_SKIP() << "a quota leaves some out";
  EXPECT_EQ(ids(this_topology().cores), allowed_cores());
}

TEST(Topology, WithAQuotaHasAsManyCoresRoundedDownTheBigOnesFirst) {
  FakeSys sys;
  sys.write("devices/system/cpu/online", "0-3");
  for (int core = 0; core < 4; ++core) sys.cpu(core, "cpu_capacity", core < 2 ? "325" : "1024");
  const Topology all = read_topology(sys.path());
  const auto kept = [&](std::optional<double> quota) {
    return ids(within_quota(all, quota).cores);
  };
  EXPECT_THAT(kept(std::nullopt), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(kept(4), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(kept(8.5), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(kept(3.99), ElementsAre(0, 2, 3));
  EXPECT_THAT(kept(2), ElementsAre(2, 3));
  EXPECT_THAT(kept(1.5), ElementsAre(2));
  EXPECT_THAT(kept(0.5), ElementsAre(2));
  EXPECT_EQ(said_of_quota(within_quota(all, 1.5)), "the quota of 1.5 CPUs counts as 1 core");
  EXPECT_EQ(said_of_quota(within_quota(all, 2)), "the quota of 2 CPUs counts as 2 cores");
  EXPECT_EQ(said_of_quota(within_quota(all, 4)), "");
}

TEST(CoreList, IsReadAsLinuxWritesIt) {
  EXPECT_THAT(parse_core_list("0-3,8,10-11"), ElementsAre(0, 1, 2, 3, 8, 10, 11));
  EXPECT_THAT(parse_core_list("5"), ElementsAre(5));
  for (const char* bad : {"", "a", "3-", "-3", "1,,2", "0-99999999", "1 2", "5-2"})
    EXPECT_THROW(parse_core_list(bad), FormatError) << bad;
}

}  // namespace
}  // namespace nnstretch
