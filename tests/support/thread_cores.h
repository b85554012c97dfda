// Where the threads of this process may run.
#pragma once
#include <dirent.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <vector>

namespace nnstretch::testing {

// The cores of every thread but the caller, by its id.
inline std::map<pid_t, std::vector<int>> cores_of_other_threads() {
  std::map<pid_t, std::vector<int>> all;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* task = readdir(tasks)) {
    const pid_t id = std::atoi(task->d_name);
    cpu_set_t set;
    if (id == 0 || id == gettid() || sched_getaffinity(id, sizeof set, &set) != 0) continue;
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) all[id].push_back(core);
  }
  closedir(tasks);
  return all;
}

}  // namespace nnstretch::testing
