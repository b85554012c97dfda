// The cores of a computer as Linux tells them: which are big, which share a physical core, a cache,
// a memory node.
//     for (const Core& core : this_topology().preferred()) ...
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

struct Core {
  int id = 0;
  int capacity = 1024;    // relative speed; 1024 is the fastest kind of core there is
  int first_sibling = 0;  // lowest id of the hardware threads of the same physical core
  int cache = 0;          // lowest id of the cores that share its last-level cache, or its cluster
  int node = 0;           // NUMA node
  bool operator==(const Core&) const = default;
};

struct Topology {
  std::vector<Core> cores;           // ascending by id
  std::optional<double> quota = {};  // CPUs, where that is why there are no more cores

  // Null if there is no such core.
  const Core* find(int id) const;
  // In the order in which work should be dealt: one hardware thread of each physical core before
  // any second one, big cores before little ones, then cores near the first one (cache, node), then
  // by id.
  std::vector<Core> preferred() const;
};

// Reads ROOT/devices/system/{cpu,node}. What Linux does not tell (capacity on PCs, caches in some
// virtual machines) keeps its default. With `allowed`, only those of the cores. IoError if not one
// core is online there.
Topology read_topology(const std::filesystem::path& root = "/sys",
                       const std::optional<std::vector<int>>& allowed = std::nullopt);

// What a quota of so many CPUs leaves: as many cores, rounded down, at least one, the preferred
// first. More threads would only be stopped sooner, all of them. Without a quota, or with one for
// all cores, the topology as it is.
Topology within_quota(Topology topology, std::optional<double> cpus);
// "the quota of 1.5 CPUs counts as 1 core"; empty where no quota left out cores.
std::string said_of_quota(const Topology& topology);

// The cores this process may use, within the quota of its control group. Where /sys is not there,
// all alike; where it is not understood that is logged.
Topology this_topology();
// Every core, whether this process may use it or not. Where /sys is not there or not understood,
// none.
Topology machine_topology();

// "0-3,8,10-11" -> {0,1,2,3,8,10,11}, as Linux writes lists of cores; FormatError otherwise.
std::vector<int> parse_core_list(std::string_view text);

}  // namespace nnstretch
