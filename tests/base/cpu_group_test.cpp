// Control groups, from recorded files.
#include "base/cpu_group.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/paths.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

class CpuGroupTest : public ::testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text;
  }
  CpuGroup read() const { return cpu_group(folder_ / "proc", folder_ / "cgroup"); }
  testing::TemporaryFolder folder_;
};

TEST_F(CpuGroupTest, OfVersion2TakesTheLeastOfAllGroupsAroundIt) {
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("cgroup/cgroup.controllers", "cpu memory\n");
  write("cgroup/cpu.stat", "usage_usec 5\n");  // the root has no quota
  write("cgroup/outer/cpu.max", "50000 100000\n");
  write("cgroup/outer/cpu.stat", "usage_usec 5\nnr_periods 8\nnr_throttled 2\n");
  write("cgroup/outer/inner/cpu.max", "200000 100000\n");
  write("cgroup/outer/inner/cpu.stat", "nr_throttled 3\nthrottled_usec 77\n");
  write("cgroup/outer/other/cpu.max", "1000 100000\n");
  EXPECT_EQ(read().quota, 0.5);
  EXPECT_EQ(read().throttled, 5);
  write("cgroup/outer/inner/cpu.max", "max 100000\n");
  EXPECT_EQ(read().quota, 0.5);
}

TEST_F(CpuGroupTest, OfVersion1IsReadBesideAnEmptyVersion2) {
  write("proc/self/cgroup", "9:name=systemd:/\n4:cpu:/box\n3:cpuset:/\n0::/\n");
  write("cgroup/unified/cgroup.controllers", "\n");
  write("cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("cgroup/cpu/box/cpu.cfs_quota_us", "75000\n");
  write("cgroup/cpu/box/cpu.cfs_period_us", "50000\n");
  write("cgroup/cpu/box/cpu.stat", "nr_periods 3\nnr_throttled 1\nthrottled_time 5\n");
  EXPECT_EQ(read().quota, 1.5);
  EXPECT_EQ(read().throttled, 1);
}

// The path is the host's, and what is mounted is the container's own group.
TEST_F(CpuGroupTest, OfAContainerIsWhatIsMounted) {
  write("proc/self/cgroup", "2:cpu,cpuacct:/docker/0123\n");
  write("cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
  write("cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(read().quota, 2);
  write("proc/self/cgroup", "0::/../../else\n");
  write("cgroup/cgroup.controllers", "cpu\n");
  write("cgroup/cpu.max", "25000 100000\n");
  EXPECT_EQ(read().quota, 0.25);
}

TEST_F(CpuGroupTest, SaysNothingWhereThereIsNone) {
  EXPECT_FALSE(read().quota || read().throttled);
  write("proc/self/cgroup", "0::/\nno line of it\n1\n");
  write("cgroup/cgroup.controllers", "cpu\n");
  write("cgroup/cpu.max", "max 100000\n");
  EXPECT_FALSE(read().quota);
  write("cgroup/cpu.max", "many 0\n");
  EXPECT_FALSE(read().quota);
}

}  // namespace
}  // namespace nnstretch
