#include "base/strips.h"

#include <cstring>

namespace nnstretch {
namespace {

// int8 to uint8 plus 128 is the flip of the highest bit. Compilers make vectors of it.
void shift(const std::byte* __restrict in, size_t count, std::byte* __restrict out) {
  for (size_t i = 0; i < count; ++i) out[i] = in[i] ^ std::byte{0x80};
}

}  // namespace

void join_strips(std::span<const Strip> strips, size_t rows, bool shifted, std::byte* out) {
  if (strips.size() == 1) {  // one long run
    const size_t bytes = rows * strips[0].width;
    return shifted ? shift(strips[0].data, bytes, out)
                   : static_cast<void>(std::memcpy(out, strips[0].data, bytes));
  }
  for (size_t row = 0; row < rows; ++row)
    for (const Strip& strip : strips) {
      const std::byte* in = strip.data + row * strip.width;
      if (shifted)
        shift(in, strip.width, out);
      else
        std::memcpy(out, in, strip.width);
      out += strip.width;
    }
}

}  // namespace nnstretch
