// SHA-256, as `sha256sum` prints it: for what people compare with another program's word. Inside
// the program base/hash.h is faster.
#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace nnstretch {

// 64 hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace nnstretch
