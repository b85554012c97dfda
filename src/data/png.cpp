#include "data/png.h"

#include <png.h>

#include "base/error.h"

namespace nnstretch::data {

std::vector<std::byte> to_png(std::span<const std::byte> pixels, int height, int width) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.format = PNG_FORMAT_RGB;
  image.height = static_cast<png_uint_32>(height);
  image.width = static_cast<png_uint_32>(width);
  const auto write = [&](void* to, png_alloc_size_t& size) {
    return png_image_write_to_memory(&image, to, &size, /*convert_to_8bit=*/0, pixels.data(),
                                     /*row_stride=*/0, nullptr) != 0;
  };
  png_alloc_size_t size = 0;
  std::vector<std::byte> bytes;
  bool done = write(nullptr, size);
  bytes.resize(size);
  done = done && write(bytes.data(), size);
  if (!done) throw IoError({.what = std::string("libpng: ") + image.message});
  bytes.resize(size);
  return bytes;
}

}  // namespace nnstretch::data
