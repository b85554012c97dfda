// What a piece of a network adds to the whole. Of each total the less the better, so that one rule
// compares them all.
//     Totals stage = {.ns = 850'000, .work = -230'686'720, .parameters = 221'952};
#pragma once
#include <array>
#include <cstdint>
#include <limits>

namespace nnstretch::search {

enum class Total { latency, work, parameters };
inline constexpr size_t kTotals = 3;

struct Totals {
  int64_t ns = 0;
  int64_t work = 0;  // multiply-adds with a minus sign
  int64_t parameters = 0;

  constexpr int64_t operator[](Total total) const {
    return total == Total::latency ? ns : total == Total::work ? work : parameters;
  }
  constexpr int64_t& operator[](Total total) {
    return total == Total::latency ? ns : total == Total::work ? work : parameters;
  }
  constexpr Totals& operator+=(const Totals& other) {
    ns += other.ns, work += other.work, parameters += other.parameters;
    return *this;
  }
  friend constexpr Totals operator+(Totals a, const Totals& b) { return a += b; }
  bool operator==(const Totals&) const = default;
};

// Another total must not be above it.
inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
struct Goal {
  Total minimise = Total::latency;
  Totals limits = {kNoLimit, kNoLimit, kNoLimit};  // that of `minimise` counts for nothing

  bool limits_any(Total total) const { return total != minimise && limits[total] != kNoLimit; }
  bool met_by(const Totals& totals) const {
    for (const Total one : {Total::latency, Total::work, Total::parameters})
      if (limits_any(one) && totals[one] > limits[one]) return false;
    return true;
  }
};

}  // namespace nnstretch::search
