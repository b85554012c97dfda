// The two file formats behind decode(): one function each, so that libjpeg and libpng stay in
// their own source files.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "image/encoded.h"
#include "image/image.h"

namespace nnstretch::image {

// A decoded picture and how the camera was held: the EXIF orientation, 1 (upright) to 8.
struct Decoded {
  Image image;
  int orientation = 1;
};

bool is_jpeg(std::span<const std::byte> bytes);
bool is_png(std::span<const std::byte> bytes);
// FormatError at `where` for anything that cannot be read to its end.
Decoded decode_jpeg(std::span<const std::byte> bytes, const std::string& where,
                    Dct method = Dct::exact);
Decoded decode_png(std::span<const std::byte> bytes, const std::string& where);

struct JpegSize {
  int height, width;
};
// Of a JPEG whose parts can be decoded alone: no inks, no scans upon scans, nothing to turn.
std::optional<JpegSize> jpeg_with_parts(std::span<const std::byte> bytes, const std::string& where);
// A part of such a JPEG; the box lies inside.
Patch decode_jpeg_part(std::span<const std::byte> bytes, const std::string& where, const Box& box,
                       Dct method);

// FormatError at `where`: no pixels or more than are read.
void check_size(int64_t height, int64_t width, const std::string& where);
// An all-black picture of that size. FormatError at `where`: no pixels or more than are read.
Image make_image(int64_t height, int64_t width, const std::string& where);

}  // namespace nnstretch::image
