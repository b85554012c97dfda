// Waiting for a machine that nobody else uses.
//     const Waited waited = wait_until_free(here.cores(), 60);
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "measure/signs.h"

namespace nnstretch::measure {

// How the step begins that bench() tells when it waits: a line that people must see.
inline constexpr std::string_view kWaiting = "waiting for a free machine";

struct Waited {
  double seconds = 0;
  bool free = false;  // it was, in the last second of these
};

// How time passes: a test has a time of its own.
struct Passing {
  std::function<Counters()> now = [] { return read_counters(); };
  std::function<void(double seconds)> sleep;  // of the calling thread, if it is empty
};

// Watches these cores for a second at a time, at least once, until nobody else uses them or
// `most_s` have passed. Where the system tells nothing, the machine is taken for free.
Waited wait_until_free(const std::vector<int>& cores, double most_s, const Passing& passing = {});

}  // namespace nnstretch::measure
