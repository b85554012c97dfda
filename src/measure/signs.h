// What a measurement notices of the machine while it runs: whether others used it, whether it was
// stopped. Plain values; measure/doubts.h says which of them are reasons to doubt a number.
//     const Watch watch(here.cores());
//     ...;
//     Signs signs = watch.signs();
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/cpu_counters.h"
#include "base/cpu_group.h"

namespace nnstretch::measure {

// What the system does not tell, or nobody asked for, is absent. Shares are 0..1.
struct Signs {
  double seconds = 0;                     // of watching
  std::optional<double> others = {};      // of the cores' time: other programs, and the kernel
  std::optional<double> steal = {};       // of the cores' time: others on a virtual machine's host
  std::optional<double> delay = {};       // of the time that our threads could run: they waited for
                                          // a core that somebody else had
  std::optional<double> preempted = {};   // how often a second somebody took a core from a thread
  std::optional<int64_t> throttled = {};  // periods in which the control group was stopped
  std::optional<double> quota = {};       // CPUs of the control group, if it has one
  std::optional<double> anchor = {};      // slowest / fastest time of a fixed piece of arithmetic
  std::optional<double> scatter = {};     // median / minimum of the timed runs
  std::optional<double> over_bound =
      {};  // minimum of the timed runs / the bound by lone calls alone
  std::optional<double> split_tax = {};
  std::optional<double> waited_s = {};  // for a free machine, if that was asked for
  std::optional<bool> was_free = {};    // whether it was free then

  // No sign that anybody else was there, and runs that say the same.
  bool calm() const;
  // Where our own threads got in each other's way, what they waited for says nothing of others.
  void forget_delay() { delay.reset(), preempted.reset(); }
};

// All that is counted, at one moment.
struct Counters {
  double at_s = 0;
  std::map<int, CoreTime> cores = {};
  std::map<int, ThreadTime> threads = {};
  std::optional<double> process_s = {};
  CpuGroup group = {};
};
Counters read_counters(const std::filesystem::path& proc = "/proc",
                       const std::filesystem::path& cgroup = "/sys/fs/cgroup");

// What our threads did meanwhile, summed up.
ThreadTime between(const std::map<int, ThreadTime>& before, const std::map<int, ThreadTime>& after);
// `delay` and `preempted` of threads that were watched for so long.
void set_delay(Signs& signs, const ThreadTime& threads, double seconds);
// What happened on these cores between two readings. A thread that is not in both began meanwhile,
// or has ended: what it ran before it ended is then known in ticks only.
Signs signs_between(const Counters& before, const Counters& after, const std::vector<int>& cores);

class Watch {
 public:
  explicit Watch(std::vector<int> cores) : cores_(std::move(cores)), before_(read_counters()) {}
  // Sleeps until it has watched for 0.1 s. So many ticks are needed to tell somebody else from
  // nobody: a network of microseconds ends sooner.
  void long_enough() const;
  Signs signs() const { return signs_between(before_, read_counters(), cores_); }

 private:
  std::vector<int> cores_;
  Counters before_;
};

}  // namespace nnstretch::measure
