// A folder that looks like /sys of another computer, for read_topology().
//     FakeSys phone; phone.phone({325, 325, 871, 1024});
//     FakeSys board; board.copy(read_text(source_folder() / "tests/support/sysfs/board.txt"));
#pragma once
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "support/paths.h"

namespace nnstretch::testing {

class FakeSys : public TemporaryFolder {
 public:
  void write(const std::string& file, const std::string& text) {
    write_atomic(*this / file, text + "\n");
  }
  void cpu(int core, const std::string& file, const std::string& text) {
    write("devices/system/cpu/cpu" + std::to_string(core) + "/" + file, text);
  }

  // Cores of these capacities, as kernels of phones tell them: cores of one kind are one cluster,
  // one after another, and nothing is said of caches.
  void phone(const std::vector<int>& capacities) {
    write("devices/system/cpu/online", "0-" + std::to_string(capacities.size() - 1));
    std::map<int, std::pair<size_t, size_t>> clusters;  // by capacity: first and last core
    for (size_t core = 0; core < capacities.size(); ++core)
      clusters.try_emplace(capacities[core], core, core).first->second.second = core;
    for (size_t core = 0; core < capacities.size(); ++core) {
      const auto [first, last] = clusters[capacities[core]];
      const int id = static_cast<int>(core);
      cpu(id, "cpu_capacity", std::to_string(capacities[core]));
      cpu(id, "topology/core_cpus_list", std::to_string(core));
      cpu(id, "topology/cluster_cpus_list", std::to_string(first) + "-" + std::to_string(last));
    }
  }

  // What was recorded on a machine: lines `@ /sys/FILE`, each followed by the file's first line.
  void copy(const std::string& recording) {
    std::istringstream lines(recording);
    for (std::string name, text; std::getline(lines, name) && std::getline(lines, text);)
      write(name.substr(std::string("@ /sys/").size()), text);
  }
};

}  // namespace nnstretch::testing
