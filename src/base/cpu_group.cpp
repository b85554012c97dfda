#include "base/cpu_group.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/sysfs.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

void keep_least(std::optional<double>& quota, double cpus) {
  quota = quota ? std::min(*quota, cpus) : cpus;
}

// "50000 100000", or "max 100000" without a quota.
void add_max(const fs::path& group, CpuGroup& sum) {
  std::istringstream line(read_line(group / "cpu.max").value_or(""));
  double quota = 0, period = 0;
  if (line >> quota >> period && quota > 0 && period > 0) keep_least(sum.quota, quota / period);
}

// A quota of -1 is none.
void add_cfs(const fs::path& group, CpuGroup& sum) {
  const auto quota = read_number(group / "cpu.cfs_quota_us");
  const auto period = read_number(group / "cpu.cfs_period_us");
  if (quota && period && *quota > 0 && *period > 0)
    keep_least(sum.quota, static_cast<double>(*quota) / static_cast<double>(*period));
}

void add_throttled(const fs::path& group, CpuGroup& sum) {
  std::ifstream file(group / "cpu.stat");
  for (std::string word; file >> word;)
    if (int64_t count = 0; word == "nr_throttled" && file >> count)
      sum.throttled = sum.throttled.value_or(0) + count;
}

// The group and those around it. In a container the path may be one that only the host has: then
// the folder that is mounted is the container's own group.
void add_groups(const fs::path& mounted, const std::string& path, CpuGroup& sum) {
  fs::path group = mounted;
  std::vector<fs::path> groups = {mounted};
  for (const fs::path& name : fs::path(path).relative_path())
    if (!name.empty() && name != "..") groups.push_back(group /= name);
  for (const fs::path& one : groups) {
    add_max(one, sum);
    add_cfs(one, sum);
    add_throttled(one, sum);
  }
}

bool names_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string one; std::getline(list, one, ',');)
    if (one == "cpu") return true;
  return false;
}

bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

}  // namespace

CpuGroup cpu_group(const fs::path& proc, const fs::path& cgroup) {
  CpuGroup sum;
  std::ifstream own(proc / "self/cgroup");
  for (std::string line; std::getline(own, line);) {  // NUMBER:CONTROLLERS:PATH
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty())  // version 2
      add_groups(is_there(cgroup / "cgroup.controllers") ? cgroup : cgroup / "unified", path, sum);
    else if (names_cpu(controllers))
      add_groups(cgroup / (is_there(cgroup / controllers) ? controllers : "cpu"), path, sum);
  }
  return sum;
}

}  // namespace nnstretch
