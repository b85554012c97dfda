// One clock for everything that is timed: steady, in microseconds.
#pragma once
#include <chrono>

namespace nnstretch {

// Microseconds since an arbitrary moment; the fraction is nanoseconds.
inline double now_us() {
  using namespace std::chrono;
  return duration<double, std::micro>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace nnstretch
