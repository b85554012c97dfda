// Networks that normalise their images themselves: Sub and Div, or Mul and Add, come first.
#pragma once
#include <optional>

#include "ir/graph.h"

namespace nnstretch::formats {

enum class Pixels { bytes, units };  // 0..255, 0..1

// Which pixels the input of a network holds whose first operators are sums and products with
// constants: nothing else reads the input. By the size of the constants, of which 0..255 need some
// far above 1. Nothing for other networks.
std::optional<Pixels> pixels_wanted(const ir::Model& model);

}  // namespace nnstretch::formats
