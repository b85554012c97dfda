#include "engines/openvino/wiring.h"

#include <cstring>

namespace nnstretch::engines::openvino {
namespace {

// int8 to uint8 plus 128 is the flip of the highest bit. Compilers make vectors of it.
void shift(const std::byte* __restrict in, size_t count, std::byte* __restrict out) {
  for (size_t i = 0; i < count; ++i) out[i] = in[i] ^ std::byte{0x80};
}

}  // namespace

void join(std::span<const Piece> pieces, size_t rows, bool shifted, std::byte* out) {
  if (pieces.size() == 1) {  // one long run
    const size_t bytes = rows * pieces[0].width;
    return shifted ? shift(pieces[0].data, bytes, out)
                   : static_cast<void>(std::memcpy(out, pieces[0].data, bytes));
  }
  for (size_t row = 0; row < rows; ++row)
    for (const Piece& piece : pieces) {
      const std::byte* in = piece.data + row * piece.width;
      if (shifted)
        shift(in, piece.width, out);
      else
        std::memcpy(out, in, piece.width);
      out += piece.width;
    }
}

}  // namespace nnstretch::engines::openvino
