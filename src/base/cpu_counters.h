// What Linux counts of the time of cores and of this process's threads, read from /proc (or a copy
// of it, in tests). All in seconds since the system, or the thread, began.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>

namespace nnstretch {

// In whole ticks, 10 ms on most systems.
struct CoreTime {
  double busy = 0;    // somebody ran on it, the kernel and its interrupts included
  double stolen = 0;  // it was ready to run, and the host of this virtual machine ran others
};

// In nanoseconds; switches as a count.
struct ThreadTime {
  double ran = 0;
  double waited = 0;      // ready to run, while others ran on its core
  int64_t preempted = 0;  // switches that it did not ask for
};

// By core, of PROC/stat. Empty where the system does not tell.
std::map<int, CoreTime> core_times(const std::filesystem::path& proc = "/proc");
// By thread, of PROC/self/task. Of a thread that the system tells nothing of there is no entry.
std::map<int, ThreadTime> thread_times(const std::filesystem::path& proc = "/proc");
// Of this process and those that it started and waited for, of PROC/self/stat: in ticks, rounded
// down. Threads that have ended count.
std::optional<double> process_time(const std::filesystem::path& proc = "/proc");

}  // namespace nnstretch
