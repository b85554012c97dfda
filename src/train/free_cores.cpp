#include "train/free_cores.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace nnstretch::train {

int free_cores(const std::vector<int>& cores, const std::map<int, CoreTime>& before,
               const std::map<int, CoreTime>& after, double seconds) {
  double free = 0;
  for (const int core : cores) {
    const auto first = before.find(core), last = after.find(core);
    const bool told = first != before.end() && last != after.end() && seconds > 0;
    const double used =
        told ? last->second.busy - first->second.busy + last->second.stolen - first->second.stolen
             : 0;
    free += std::clamp(1 - used / std::max(seconds, 1e-9), 0.0, 1.0);
  }
  return std::max(1, static_cast<int>(std::lround(free)));
}

int count_free_cores(const std::vector<int>& cores) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kLook = std::chrono::milliseconds(250);
  const auto before = core_times();
  const auto began = Clock::now();
  std::this_thread::sleep_for(kLook);
  const auto after = core_times();
  const std::chrono::duration<double> passed = Clock::now() - began;
  return free_cores(cores, before, after, passed.count());
}

}  // namespace nnstretch::train
