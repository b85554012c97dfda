#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "image/codecs.h"
#include "image/image.h"
#include "image/orientation.h"

namespace nnstretch::image {
namespace {

constexpr int64_t most_pixels = int64_t{1} << 27;

Decoded decode_any(std::span<const std::byte> bytes, const std::string& where, Dct method) {
  if (!is_jpeg(bytes) && !is_png(bytes))
    throw FormatError({.what = bytes.empty() ? "an empty file" : "neither a JPEG nor a PNG",
                       .where = where,
                       .fix = "convert it to one of them"});
  return is_jpeg(bytes) ? decode_jpeg(bytes, where, method) : decode_png(bytes, where);
}

}  // namespace

void check_size(int64_t height, int64_t width, const std::string& where) {
  if (height < 1 || width < 1 || height > most_pixels / width)
    throw FormatError({.what = fmt::format("{} x {} pixels", width, height),
                       .where = where,
                       .fix = fmt::format("at most {} pixels are read", most_pixels)});
}

Image make_image(int64_t height, int64_t width, const std::string& where) {
  check_size(height, width, where);
  return {.height = static_cast<int>(height),
          .width = static_cast<int>(width),
          .rgb = std::vector<uint8_t>(static_cast<size_t>(3 * height * width))};
}

Image decode(std::span<const std::byte> bytes, const std::string& where) {
  return decode(bytes, where, Dct::exact);
}

Image decode(std::span<const std::byte> bytes, const std::string& where, Dct method) {
  Decoded decoded = decode_any(bytes, where, method);
  return upright(std::move(decoded.image), decoded.orientation);
}

Image decode_unturned(std::span<const std::byte> bytes, const std::string& where) {
  return decode_any(bytes, where, Dct::exact).image;
}

Image decode(const std::filesystem::path& path) { return decode(read_bytes(path), path.string()); }

}  // namespace nnstretch::image
