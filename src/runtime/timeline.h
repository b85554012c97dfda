// When each part of one inference ran.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

namespace nnstretch::runtime {

// In microseconds since the start of the inference.
struct PartTiming {
  double free = 0;   // its worker had nothing else to do: the end of its part before, or 0
  double start = 0;  // all it needs was there, the engine was called
  double end = 0;    // the engine had returned
  std::optional<double> copy = {};  // microseconds of these, engines::PartInstance::copy_us()
  double run() const { return end - start; }
};

struct Timeline {
  double begin_us = 0;            // the start of the inference, on the clock of now_us()
  double latency_us = 0;          // until the caller had control again
  std::vector<PartTiming> parts;  // as in the plan
};

// How long a part's worker stood still for part `on`: from being free until `on` ended. 0 if `on`
// was there before.
double wait_for(const Timeline& timeline, size_t part, size_t on);

}  // namespace nnstretch::runtime
