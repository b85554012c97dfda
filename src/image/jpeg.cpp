// JPEG through libjpeg-turbo: by default with its exact methods (ISLOW, fancy upsampling).
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image/codecs.h"
#include "image/encoded.h"
#include "image/jpeg_reader.h"
#include "image/orientation.h"

namespace nnstretch::image {
namespace {

[[noreturn]] void fail(const JpegReader& reader, const std::string& where) {
  throw FormatError({.what = std::string("damaged JPEG: ") + reader.reason(), .where = where});
}

int orientation_of(const jpeg_decompress_struct& info) {
  constexpr char exif[] = {'E', 'x', 'i', 'f', 0, 0};
  for (auto* marker = info.marker_list; marker; marker = marker->next) {
    const std::span bytes(reinterpret_cast<const std::byte*>(marker->data), marker->data_length);
    if (marker->marker != JPEG_APP0 + 1 || bytes.size() < sizeof exif) continue;
    if (std::memcmp(bytes.data(), exif, sizeof exif) == 0)
      return exif_orientation(bytes.subspan(sizeof exif));
  }
  return 1;
}

// Ink is stored inverted, as Adobe does; the integer rounding is OpenCV's.
void inks_to_colours(std::span<const uint8_t> inks, std::span<uint8_t> rgb) {
  for (size_t pixel = 0; pixel < inks.size() / 4; ++pixel) {
    const int black = inks[4 * pixel + 3];
    for (size_t c = 0; c < 3; ++c) {
      const int ink = inks[4 * pixel + c];
      rgb[3 * pixel + c] = static_cast<uint8_t>(black - ((255 - ink) * black >> 8));
    }
  }
}

}  // namespace

bool is_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() > 2 && std::memcmp(bytes.data(), "\xFF\xD8\xFF", 3) == 0;
}

Decoded decode_jpeg(std::span<const std::byte> bytes, const std::string& where, Dct method) {
  JpegReader reader;
  if (!reader.read_header(bytes)) fail(reader, where);
  reader.set_method(method == Dct::fast ? JDCT_IFAST : JDCT_ISLOW);
  const jpeg_decompress_struct& info = reader.info();
  Decoded decoded{.image = make_image(info.image_height, info.image_width, where),
                  .orientation = orientation_of(info)};
  if (info.num_components == 4) {
    std::vector<uint8_t> inks(decoded.image.rgb.size() / 3 * 4);
    if (!reader.read_rows(inks.data())) fail(reader, where);
    inks_to_colours(inks, decoded.image.rgb);
  } else if (!reader.read_rows(decoded.image.rgb.data())) {
    fail(reader, where);
  }
  return decoded;
}

std::optional<JpegSize> jpeg_with_parts(std::span<const std::byte> bytes,
                                        const std::string& where) {
  JpegReader reader;
  if (!reader.read_header(bytes)) fail(reader, where);
  const jpeg_decompress_struct& info = reader.info();
  if (info.num_components == 4 || info.progressive_mode || orientation_of(info) != 1)
    return std::nullopt;
  check_size(info.image_height, info.image_width, where);
  return JpegSize{static_cast<int>(info.image_height), static_cast<int>(info.image_width)};
}

Patch decode_jpeg_part(std::span<const std::byte> bytes, const std::string& where, const Box& box,
                       Dct method) {
  JpegReader reader;
  if (!reader.read_header(bytes)) fail(reader, where);
  reader.set_method(method == Dct::fast ? JDCT_IFAST : JDCT_ISLOW);
  // Colour is stored more coarsely and interpolated: at a border it has fewer neighbours, so the
  // borders must not be seen.
  constexpr int border = 2;
  const int left = std::max(0, box.x - border);
  const int right =
      std::min(static_cast<int>(reader.info().image_width), box.x + box.width + border);
  unsigned x = static_cast<unsigned>(left), width = static_cast<unsigned>(right - left);
  if (!reader.start_columns(x, width)) fail(reader, where);
  Patch patch;
  const size_t pitch = 3 * size_t{width};
  patch.memory.resize(pitch * static_cast<size_t>(box.height));
  if (!reader.read_some_rows(static_cast<unsigned>(box.y), static_cast<unsigned>(box.height),
                             patch.memory.data()))
    fail(reader, where);
  patch.view = {patch.memory.data() + 3 * (static_cast<size_t>(box.x) - x), box.height, box.width,
                pitch};
  return patch;
}

}  // namespace nnstretch::image
