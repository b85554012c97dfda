// A picture of which only a part is wanted: the size is read first, then that part is decoded.
//     Encoded photo(bytes, "cat.jpg");
//     Patch part = photo.decode({.y = 10, .x = 20, .height = 224, .width = 224});
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "image/resize.h"

namespace nnstretch::image {

// The inverse transform of JPEG: `exact` is OpenCV's (ISLOW), `fast` that of FFCV (IFAST). They
// differ by up to 14 levels; a network is scored with the one it was trained with.
enum class Dct { exact, fast };

// Pixels with the memory they live in, which may hold more than the view shows.
struct Patch {
  std::vector<uint8_t> memory;
  View view;
};

class Encoded {
 public:
  // Keeps the bytes and `where`: both must outlive it. FormatError as decode() throws it.
  Encoded(std::span<const std::byte> bytes, const std::string& where, Dct method = Dct::exact);

  // As the picture is seen: EXIF orientation is applied.
  int height() const { return height_; }
  int width() const { return width_; }
  // The very bytes that decoding the whole picture gives there. The box must lie inside. What
  // stands in a JPEG below the box is not read, so damage there is not seen.
  Patch decode(const Box& box) const;

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  Dct method_;
  int height_ = 0, width_ = 0;
  Image whole_;  // decoded at once if parts of this file cannot be decoded alone
};

// A JPEG as OpenCV writes it: colour at half the resolution, quality 0 to 100.
std::vector<std::byte> encode_jpeg(const View& picture, int quality);

// The whole picture, upright; decode(bytes, where) of image.h with another transform.
Image decode(std::span<const std::byte> bytes, const std::string& where, Dct method);
// The whole picture as it is stored, whatever its EXIF orientation says.
Image decode_unturned(std::span<const std::byte> bytes, const std::string& where);

}  // namespace nnstretch::image
