// Several inputs or outputs of a network as one array, a row each: (N, ...), as they are stored.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/npy.h"
#include "ir/tensor_type.h"

namespace nnstretch::remote {

using Rows = std::vector<std::vector<std::byte>>;

// Each row of type.bytes(). A network's own first axis of 1 is the one that grows.
NpyArray stacked(const Rows& rows, const ir::TensorType& type);
// Back. ShapeError naming `where` unless it is what stacked() makes of such values.
Rows rows_of(const NpyArray& array, const ir::TensorType& type, const std::string& where);

}  // namespace nnstretch::remote
