// How the time of something grows with the size of its input.
#pragma once
#include <algorithm>
#include <ctime>

namespace nnstretch::testing {

// Of this process, all threads.
inline double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The fastest of three runs.
double cpu_seconds_of(auto&& work) {
  double least = 1e9;
  for (int run = 0; run < 3; ++run) {
    const double before = cpu_seconds();
    work();
    least = std::min(least, cpu_seconds() - before);
  }
  return least;
}

// CPU time of work(4 * n) over that of work(n): 4 if the time is linear, 16 if it is quadratic.
// `make` gives the input of a size, outside of the time.
double growth(size_t n, auto&& make, auto&& work) {
  const auto few = make(n), many = make(4 * n);
  return cpu_seconds_of([&] { work(many); }) / cpu_seconds_of([&] { work(few); });
}
constexpr double kMostGrowth = 9;  // linear, with trees and caches

}  // namespace nnstretch::testing
