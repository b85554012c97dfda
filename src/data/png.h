// Pixels as a PNG, for pictures that a data set holds in no file of their own.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace nnstretch::data {

// height x width x 3 bytes, red first. IoError if libpng cannot (there is no memory).
std::vector<std::byte> to_png(std::span<const std::byte> pixels, int height, int width);

}  // namespace nnstretch::data
