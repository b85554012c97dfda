// PNG through libpng: every kind becomes 8-bit red, green, blue; alpha is dropped, 16 bits lose the
// lower 8. Errors jump as in jpeg.cpp: nothing with a destructor in a function that calls setjmp.
#include <png.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "image/codecs.h"
#include "image/orientation.h"

namespace nnstretch::image {
namespace {

struct Source {
  std::span<const std::byte> rest;
  char reason[128] = "";
};

void on_error(png_structp png, png_const_charp reason) {
  auto& source = *static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source.reason, reason, sizeof source.reason - 1);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, size_t length) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (length > source.rest.size()) png_error(png, "the file ends early");
  std::memcpy(to, source.rest.data(), length);
  source.rest = source.rest.subspan(length);
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : source_{.rest = bytes} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source_, on_error, on_warning);
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  const char* reason() const { return source_.reason; }
  int64_t height() const { return png_get_image_height(png_, info_); }
  int64_t width() const { return png_get_image_width(png_, info_); }
  int orientation() const {
    png_uint_32 length = 0;
    png_bytep exif = nullptr;
    if (!png_get_eXIf_1(png_, info_, &length, &exif)) return 1;
    return exif_orientation({reinterpret_cast<const std::byte*>(exif), length});
  }

  bool read_header() {
    if (!info_ || setjmp(png_jmpbuf(png_))) return false;
    png_set_read_fn(png_, &source_, on_read);
    png_read_info(png_, info_);
    return true;
  }
  // One pointer per row, each to room for width pixels.
  bool read_rows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_))) return false;
    ask_for_rgb();
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != 3 * static_cast<size_t>(width()))
      png_error(png_, "an unknown kind of pixel");
    png_read_image(png_, rows);
    return true;
  }

 private:
  void ask_for_rgb() {
    const int colour = png_get_color_type(png_, info_);
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if (!(colour & PNG_COLOR_MASK_COLOR)) {
      if (png_get_bit_depth(png_, info_) < 8) png_set_expand_gray_1_2_4_to_8(png_);
      png_set_gray_to_rgb(png_);
    }
    png_set_interlace_handling(png_);
  }

  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

[[noreturn]] void fail(const Reader& reader, const std::string& where) {
  throw FormatError({.what = std::string("damaged PNG: ") + reader.reason(), .where = where});
}

}  // namespace

bool is_png(std::span<const std::byte> bytes) {
  return bytes.size() >= 8 && std::memcmp(bytes.data(), "\x89PNG\r\n\x1a\n", 8) == 0;
}

Decoded decode_png(std::span<const std::byte> bytes, const std::string& where) {
  Reader reader(bytes);
  if (!reader.read_header()) fail(reader, where);
  Decoded decoded{.image = make_image(reader.height(), reader.width(), where),
                  .orientation = reader.orientation()};
  std::vector<png_bytep> rows(static_cast<size_t>(decoded.image.height));
  const size_t pitch = 3 * static_cast<size_t>(decoded.image.width);
  for (size_t y = 0; y < rows.size(); ++y) rows[y] = decoded.image.rgb.data() + y * pitch;
  if (!reader.read_rows(rows.data())) fail(reader, where);
  return decoded;
}

}  // namespace nnstretch::image
