// One clock for everything that is timed: steady, in microseconds. And the time of day, for people.
#pragma once
#include <chrono>
#include <string>

namespace nnstretch {

// Microseconds since an arbitrary moment; the fraction is nanoseconds.
inline double now_us() {
  using namespace std::chrono;
  return duration<double, std::micro>(steady_clock::now().time_since_epoch()).count();
}

// Microseconds that the calling thread has computed so far, whoever else did meanwhile.
double thread_cpu_us();

// UTC, ISO 8601: "2026-03-01T12:00:00Z".
std::string utc_now();

}  // namespace nnstretch
