#include "measure/anchor.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "base/threads.h"

namespace nnstretch::measure {
namespace {

// Each step needs the one before: about 4 cycles, on any core.
uint64_t chain(uint64_t state) {
  constexpr int kSteps = 100'000;
  for (int i = 0; i < kSteps; ++i) state = state * 6364136223846793005u + 1442695040888963407u;
  return state;
}

}  // namespace

void Anchor::time() {
  constexpr int kPieces = 10;
  const Pinned pinned(cores_);
  double least_us = std::numeric_limits<double>::infinity();
  volatile uint64_t state = 1;  // so that nobody works it out beforehand
  for (int i = 0; i < kPieces; ++i) {
    const double begin_us = now_us();
    state = chain(state);
    least_us = std::min(least_us, now_us() - begin_us);
  }
  fastest_us_ = count_ ? std::min(fastest_us_, least_us) : least_us;
  slowest_us_ = std::max(slowest_us_, least_us);
  ++count_;
}

std::optional<double> Anchor::drift() const {
  if (count_ < 2 || fastest_us_ <= 0) return std::nullopt;
  return slowest_us_ / fastest_us_;
}

}  // namespace nnstretch::measure
