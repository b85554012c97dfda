#include "image/orientation.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace nnstretch::image {
namespace {

// Numbers of a TIFF block in its own byte order; nothing beyond its end.
class Tiff {
 public:
  explicit Tiff(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool has_header() {
    if (bytes_.size() < 8) return false;
    big_ = bytes_[0] == std::byte{'M'};
    const bool known = std::memcmp(bytes_.data(), big_ ? "MM" : "II", 2) == 0;
    return known && number(2, 2) == 42u;
  }
  std::optional<uint32_t> number(size_t offset, size_t length) const {
    if (offset > bytes_.size() || bytes_.size() - offset < length) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < length; ++i) {
      const size_t at = big_ ? i : length - 1 - i;
      value = value << 8 | static_cast<uint32_t>(bytes_[offset + at]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_ = false;
};

struct Turn {
  bool transpose, flip_rows, flip_columns;  // of the stored picture
};
// By EXIF number; the corner in the comment is where the stored first pixel is seen.
constexpr Turn turns[] = {
    {false, false, false},  // 1 top left
    {false, false, true},   // 2 top right
    {false, true, true},    // 3 bottom right
    {false, true, false},   // 4 bottom left
    {true, false, false},   // 5 left top
    {true, true, false},    // 6 right top
    {true, true, true},     // 7 right bottom
    {true, false, true},    // 8 left bottom
};

}  // namespace

int exif_orientation(std::span<const std::byte> bytes) {
  constexpr size_t entry_size = 12;
  constexpr uint32_t orientation_tag = 0x0112;
  Tiff tiff(bytes);
  if (!tiff.has_header()) return 1;
  const size_t directory = *tiff.number(4, 4);
  const uint32_t entries = tiff.number(directory, 2).value_or(0);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * entry_size;
    if (tiff.number(entry, 2) != orientation_tag) continue;
    const uint32_t value = tiff.number(entry + 8, 2).value_or(1);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const Turn turn = turns[orientation - 1];
  Image turned{.height = image.height, .width = image.width, .rgb = {}};
  if (turn.transpose) std::swap(turned.height, turned.width);
  turned.rgb.resize(image.rgb.size());
  uint8_t* out = turned.rgb.data();
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x, out += 3) {
      int row = turn.transpose ? x : y, column = turn.transpose ? y : x;
      if (turn.flip_rows) row = image.height - 1 - row;
      if (turn.flip_columns) column = image.width - 1 - column;
      const size_t pixel =
          static_cast<size_t>(row) * static_cast<size_t>(image.width) + static_cast<size_t>(column);
      std::copy_n(&image.rgb[3 * pixel], 3, out);
    }
  }
  return turned;
}

}  // namespace nnstretch::image
