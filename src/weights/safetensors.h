// The .safetensors format: the length of a JSON header, the header, and the tensors' bytes.
#pragma once
#include <span>
#include <string>

#include "ir/weight_store.h"

namespace nnstretch::weights {

// True if the bytes begin with a length and the brace of a header that fits the file.
bool looks_like_safetensors(std::span<const std::byte> bytes);

// Copies every tensor. FormatError names the tensor whose type, shape or offsets are wrong; as the
// format demands, tensors neither overlap nor leave gaps.
ir::WeightStore parse_safetensors(std::span<const std::byte> bytes, const std::string& where);

}  // namespace nnstretch::weights
