// All that a stage may be, put together of its branches: for every number of channels that it can
// give, the fillings of which none equals or betters another.
#pragma once
#include <array>
#include <vector>

#include "search/optimum.h"

namespace nnstretch::search {

struct StageOption {
  Totals totals;
  int out = 0;  // channels that the next stage reads
  uint16_t way = 0;
  std::array<uint16_t, Way::kMostSlots> picks = {};  // of each slot the index of its choice
};

// With `parameters` they count, too; without they are 0 in all of the options.
std::vector<StageOption> options_of(const std::vector<Way>& ways, bool parameters);

}  // namespace nnstretch::search
