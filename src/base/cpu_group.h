// What a control group lets this process have of the cores: a container's `--cpus 1.5` is a quota,
// and the cores it may use are all of the machine still.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace nnstretch {

struct CpuGroup {
  // CPU seconds a second: the least of this process's group and of those around it.
  std::optional<double> quota = {};
  // Periods in which one of them was stopped because its quota was used up; grows. Nothing where no
  // group tells.
  std::optional<int64_t> throttled = {};
};

// By PROC/self/cgroup and the groups below CGROUP: version 2 (`cpu.max`), there or in `unified`,
// and version 1 (`cpu.cfs_quota_us`, `cpu.cfs_period_us`) in `cpu` or `cpu,cpuacct`. Never throws.
CpuGroup cpu_group(const std::filesystem::path& proc = "/proc",
                   const std::filesystem::path& cgroup = "/sys/fs/cgroup");

}  // namespace nnstretch
