// When each part of one inference ran.
//     for (const nnstretch::PartTime& part : session.timeline().parts)
//       std::printf("%s: %.0f us\n", part.part.c_str(), part.end_us - part.start_us);
#pragma once
#include <string>
#include <vector>

namespace nnstretch {

// In microseconds since the inference began.
struct PartTime {
  std::string part, processor;
  double start_us = 0, end_us = 0;
};

struct Timeline {
  double latency_us = 0;        // until the caller had control again
  std::vector<PartTime> parts;  // as Network::parts()
};

}  // namespace nnstretch
