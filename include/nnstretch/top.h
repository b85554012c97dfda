// The likeliest classes of a row of logits.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace nnstretch {

// Indices of the `count` largest values, the largest first; all of them if there are fewer. Equal
// values: the lowest index first. NaN comes after every number.
std::vector<size_t> top(std::span<const float> values, size_t count);

}  // namespace nnstretch
