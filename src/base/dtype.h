// Element types of tensors, buffers and .npy files.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nnstretch {

enum class DType : uint8_t { f32, f64, f16, bf16, i8, u8, i16, i32, i64, boolean };

// Bytes of one element.
size_t size_of(DType type);
// "f32", "i8", ...
std::string_view name_of(DType type);

}  // namespace nnstretch
