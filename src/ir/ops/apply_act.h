// Activation functions on float numbers.
#pragma once
#include <algorithm>
#include <cmath>
#include <span>

#include "ir/ops/kernel.h"

namespace nnstretch::ir {

inline float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

// x * P(normal < x), by erfc: 1 + erf would cancel for x far below zero.
inline float gelu(float x) { return 0.5f * x * std::erfc(x * -0.70710678118654752f); }

inline float hard_sigmoid(float x) { return std::min(6.0f, std::max(0.0f, x + 3.0f)) / 6.0f; }
inline float hard_swish(float x) { return x * std::min(6.0f, std::max(0.0f, x + 3.0f)) / 6.0f; }

inline float apply_act(Act act, float x) {
  switch (act) {
    case Act::none:
      return x;
    case Act::relu:
      return std::max(x, 0.0f);
    case Act::relu6:
      return std::min(std::max(x, 0.0f), 6.0f);
    case Act::silu:
      return x * sigmoid(x);
    case Act::gelu:
      return gelu(x);
    case Act::sigmoid:
      return sigmoid(x);
    case Act::hard_sigmoid:
      return hard_sigmoid(x);
    case Act::hard_swish:
      return hard_swish(x);
  }
  return x;
}

// On every number in place.
inline void apply_act(Act act, std::span<float> values) {
  if (act == Act::none) return;
  if (act == Act::relu) {  // the common one, in a loop that vectorises
    for (float& x : values) x = std::max(x, 0.0f);
    return;
  }
  for (float& x : values) x = apply_act(act, x);
}

}  // namespace nnstretch::ir
