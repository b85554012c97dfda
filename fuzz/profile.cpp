// Profiles. One that is accepted is written line by line and read again.
#include "search/profile.h"

#include <cmath>
#include <optional>

#include "harness.h"
#include "search/latencies.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<search::Profile> profile;
  if (!fuzz::accepts([&] { profile = search::parse_profile(fuzz::text_of(data, size), "fuzz"); }))
    return 0;
  const search::Latencies latencies(*profile);
  std::string text = search::line_of(profile->machine);
  for (const auto& point : profile->points) {
    const auto us = latencies.us(point.kind, point.piece);
    fuzz::promise(point.held_out || (us && *us > 0 && *us <= point.us), "a point is no slower");
    text += search::line_of(point);
  }
  const auto again = search::parse_profile(text, "again");
  fuzz::promise(again.points.size() == profile->points.size(), "a written profile reads as it was");
  return 0;
}
