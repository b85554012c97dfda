#include "image/encoded.h"

#include "image/codecs.h"

namespace nnstretch::image {

Encoded::Encoded(std::span<const std::byte> bytes, const std::string& where, Dct method)
    : bytes_(bytes), where_(where), method_(method) {
  if (is_jpeg(bytes)) {
    if (const auto size = jpeg_with_parts(bytes, where)) {
      height_ = size->height;
      width_ = size->width;
      return;
    }
  }
  whole_ = image::decode(bytes, where, method);
  height_ = whole_.height;
  width_ = whole_.width;
}

Patch Encoded::decode(const Box& box) const {
  if (whole_.rgb.empty()) return decode_jpeg_part(bytes_, where_, box, method_);
  return {.memory = {}, .view = cut(view(whole_), box)};
}

}  // namespace nnstretch::image
