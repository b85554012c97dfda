#include "base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace nnstretch {
namespace {

constexpr uint64_t step = 0x9e3779b97f4a7c15;

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

KeyedRandom::KeyedRandom(std::initializer_list<uint64_t> key) : state_(step) {
  for (const uint64_t part : key) state_ = mix(state_ ^ mix(part + step)) + step;
}

uint64_t KeyedRandom::next() { return mix(state_ += step); }

double KeyedRandom::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

int64_t KeyedRandom::below(int64_t count) {
  return static_cast<int64_t>(uniform() * static_cast<double>(count));
}

double KeyedRandom::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - [0,1) is never 0
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::vector<size_t> shuffled(size_t count, Random& random) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t left = count; left > 1; --left)
    std::swap(order[left - 1],
              order[static_cast<size_t>(random.below(static_cast<int64_t>(left)))]);
  return order;
}

}  // namespace nnstretch
