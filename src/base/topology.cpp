#include "base/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <tuple>

#include "base/cpu_group.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sysfs.h"
#include "base/threads.h"

namespace nnstretch {
namespace {

constexpr int kMostCores = 65536, kLittleCoreOfAPc = 512;

int core_number(std::string_view word, std::string_view list) {
  int core = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), core);
  if (error != std::errc() || end != word.data() + word.size() || core < 0 || core >= kMostCores)
    throw FormatError(
        {.what = fmt::format("'{}' is not a list of cores", list), .fix = "write it like 0-3,8"});
  return core;
}

// Lowest core of a list in a file; `otherwise` if there is none.
int lowest(const std::filesystem::path& file, int otherwise) {
  const auto line = read_line(file);
  if (!line || line->empty()) return otherwise;
  return parse_core_list(*line).front();
}

// Of the caches that cores can share: kernels of phones and boards often tell of the first level
// alone, but which cores are one cluster.
int last_level_cache(const std::filesystem::path& folder, int core) {
  int64_t deepest = 1;
  int shared_with = lowest(folder / "topology/cluster_cpus_list", core);
  for (const std::string& index : names_in(folder / "cache")) {
    const auto level = read_number(folder / "cache" / index / "level");
    if (!level || *level <= deepest) continue;
    deepest = *level;
    shared_with = lowest(folder / "cache" / index / "shared_cpu_list", core);
  }
  return shared_with;
}

int siblings(const std::filesystem::path& folder, int core) {
  return lowest(folder / "core_cpus_list", lowest(folder / "thread_siblings_list", core));
}

std::vector<int> list_in(const std::filesystem::path& file) {
  const auto line = read_line(file);
  return line && !line->empty() ? parse_core_list(*line) : std::vector<int>{};
}

// NUMA node of each core that one lists.
std::vector<std::pair<int, int>> nodes_of_cores(const std::filesystem::path& folder) {
  std::vector<std::pair<int, int>> pairs;
  for (const std::string& name : names_in(folder)) {
    if (!name.starts_with("node") || name.size() == 4) continue;
    if (name.find_first_not_of("0123456789", 4) != name.npos) continue;
    const int node = core_number(std::string_view(name).substr(4), name);
    for (const int core : list_in(folder / name / "cpulist")) pairs.emplace_back(core, node);
  }
  return pairs;
}

Core read_core(const std::filesystem::path& folder, int id, bool is_little) {
  Core core{.id = id, .first_sibling = id, .cache = id};
  const auto capacity = read_number(folder / "cpu_capacity");
  if (capacity && *capacity > 0 && *capacity <= 1024)
    core.capacity = static_cast<int>(*capacity);
  else if (is_little)
    core.capacity = kLittleCoreOfAPc;
  core.first_sibling = siblings(folder / "topology", id);
  core.cache = last_level_cache(folder, id);
  return core;
}

bool contains(const std::vector<int>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

std::vector<int> parse_core_list(std::string_view text) {
  std::set<int> cores;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t comma = rest.find(',');
    const std::string_view range = rest.substr(0, comma);
    const size_t dash = range.find('-');
    const int first = core_number(range.substr(0, dash), text);
    const int last = dash == range.npos ? first : core_number(range.substr(dash + 1), text);
    for (int core = first; core <= last; ++core) cores.insert(core);
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (cores.empty()) core_number("", text);  // throws
  return {cores.begin(), cores.end()};
}

const Core* Topology::find(int id) const {
  const auto found =
      std::find_if(cores.begin(), cores.end(), [&](const Core& c) { return c.id == id; });
  return found == cores.end() ? nullptr : &*found;
}

std::vector<Core> Topology::preferred() const {
  std::vector<Core> order = cores;
  std::set<int> physical;
  std::set<int> second;  // cores whose physical core has another one before
  for (const Core& core : cores)
    if (!physical.insert(core.first_sibling).second) second.insert(core.id);
  const auto biggest =
      std::max_element(cores.begin(), cores.end(),
                       [](const Core& a, const Core& b) { return a.capacity < b.capacity; });
  const auto rank = [&](const Core& core) {
    return std::tuple(second.count(core.id), -core.capacity, core.node != biggest->node,
                      core.cache != biggest->cache, core.id);
  };
  std::sort(order.begin(), order.end(),
            [&](const Core& a, const Core& b) { return rank(a) < rank(b); });
  return order;
}

Topology read_topology(const std::filesystem::path& root,
                       const std::optional<std::vector<int>>& allowed) {
  const auto system = root / "devices/system";
  const std::vector<int> little = list_in(root / "devices/cpu_atom/cpus");
  Topology topology;
  for (const int id : list_in(system / "cpu/online")) {
    if (allowed && !contains(*allowed, id)) continue;
    topology.cores.push_back(
        read_core(system / fmt::format("cpu/cpu{}", id), id, contains(little, id)));
  }
  if (topology.cores.empty())
    throw IoError(
        {.what = "no core that may be used is online", .where = (system / "cpu/online").string()});
  for (const auto& [id, node] : nodes_of_cores(system / "node"))
    for (Core& core : topology.cores)
      if (core.id == id) core.node = node;
  return topology;
}

Topology machine_topology() {
  try {
    return read_topology();
  } catch (const Error&) {
    return {};
  }
}

Topology within_quota(Topology topology, std::optional<double> cpus) {
  if (!cpus || *cpus >= static_cast<double>(topology.cores.size())) return topology;
  std::vector<Core> kept = topology.preferred();
  kept.resize(std::min(kept.size(), std::max<size_t>(1, static_cast<size_t>(*cpus))));
  std::sort(kept.begin(), kept.end(), [](const Core& a, const Core& b) { return a.id < b.id; });
  return {.cores = std::move(kept), .quota = cpus};
}

std::string said_of_quota(const Topology& topology) {
  if (!topology.quota) return {};
  const size_t cores = topology.cores.size();
  return fmt::format("the quota of {:g} CPUs counts as {} core{}", *topology.quota, cores,
                     cores == 1 ? "" : "s");
}

namespace {

Topology allowed_topology() {
  const std::vector<int> allowed = allowed_cores();
  try {
    return read_topology("/sys", allowed);
  } catch (const IoError&) {  // as in a container without it
  } catch (const Error& error) {
    log::info("{}: all cores are taken for equal", error.what());
  }
  Topology plain;
  for (const int id : allowed) plain.cores.push_back({.id = id, .first_sibling = id, .cache = id});
  return plain;
}

}  // namespace

Topology this_topology() { return within_quota(allowed_topology(), cpu_group().quota); }

}  // namespace nnstretch
