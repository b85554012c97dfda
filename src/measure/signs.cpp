#include "measure/signs.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace nnstretch::measure {
namespace {

// Of the cores that are in both; nothing if none is.
std::optional<CoreTime> of_cores(const Counters& before, const Counters& after,
                                 const std::vector<int>& cores) {
  std::optional<CoreTime> sum;
  for (const int core : cores) {
    const auto then = before.cores.find(core), now = after.cores.find(core);
    if (then == before.cores.end() || now == after.cores.end()) continue;
    if (!sum) sum.emplace();
    sum->busy += now->second.busy - then->second.busy;
    sum->stolen += now->second.stolen - then->second.stolen;
  }
  return sum;
}

}  // namespace

// Others within half of what would be a doubt, which Linux takes by itself; and runs that differ as
// little as those of a free machine do.
bool Signs::calm() const {
  return others.value_or(0) < 0.01 && steal.value_or(0) <= 0 && scatter.value_or(1) < 1.05;
}

Counters read_counters(const std::filesystem::path& proc, const std::filesystem::path& cgroup) {
  return {.at_s = now_us() * 1e-6,
          .cores = core_times(proc),
          .threads = thread_times(proc),
          .process_s = process_time(proc),
          .group = cpu_group(proc, cgroup)};
}

ThreadTime between(const std::map<int, ThreadTime>& before,
                   const std::map<int, ThreadTime>& after) {
  ThreadTime sum;
  for (const auto& [id, now] : after) {
    const auto found = before.find(id);
    const ThreadTime then = found == before.end() ? ThreadTime{} : found->second;
    sum.ran += now.ran - then.ran;
    sum.waited += now.waited - then.waited;
    sum.preempted += now.preempted - then.preempted;
  }
  return sum;
}

void set_delay(Signs& signs, const ThreadTime& threads, double seconds) {
  const double ready = threads.ran + threads.waited;
  if (ready <= 0 || seconds <= 0) return;
  signs.delay = threads.waited / ready;
  signs.preempted = static_cast<double>(threads.preempted) / seconds;
}

Signs signs_between(const Counters& before, const Counters& after, const std::vector<int>& cores) {
  Signs signs{.seconds = after.at_s - before.at_s};
  const ThreadTime threads = between(before.threads, after.threads);
  const double all = signs.seconds * static_cast<double>(cores.size());
  if (const auto time = of_cores(before, after, cores); time && all > 0) {
    // Both are ours, and each may only be too little: threads that have ended, parts of a tick.
    double own = threads.ran;
    if (before.process_s && after.process_s)
      own = std::max(own, *after.process_s - *before.process_s);
    signs.others = std::clamp((time->busy - own) / all, 0.0, 1.0);
    signs.steal = std::clamp(time->stolen / all, 0.0, 1.0);
  }
  set_delay(signs, threads, signs.seconds);
  if (before.group.throttled && after.group.throttled)
    signs.throttled = *after.group.throttled - *before.group.throttled;
  signs.quota = after.group.quota;
  return signs;
}

void Watch::long_enough() const {
  constexpr double kLeastS = 0.1;
  const double missing = kLeastS - (now_us() * 1e-6 - before_.at_s);
  if (missing > 0) std::this_thread::sleep_for(std::chrono::duration<double>(missing));
}

}  // namespace nnstretch::measure
