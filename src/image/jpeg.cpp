// JPEG through libjpeg-turbo with its default, exact methods (ISLOW, fancy upsampling).
//
// libjpeg reports an error by calling back, and must not be returned to: the callback jumps to the
// last setjmp. So every function that calls setjmp here holds nothing with a destructor, and
// returns false; the C++ around it owns the memory and throws.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <jpeglib.h>  // needs size_t and FILE from above

#include <jerror.h>

#include "base/error.h"
#include "image/codecs.h"
#include "image/orientation.h"

namespace nnstretch::image {
namespace {

// Honest progressive files have about ten; each costs a pass over the whole picture.
constexpr int most_scans = 100;

struct Failure {
  jpeg_error_mgr manager;  // first: libjpeg hands out a pointer to it
  std::jmp_buf back;
  char reason[JMSG_LENGTH_MAX];
};

Failure& failure_of(j_common_ptr info) { return *reinterpret_cast<Failure*>(info->err); }

[[noreturn]] void jump_back(j_common_ptr info) {
  Failure& failure = failure_of(info);
  info->err->format_message(info, failure.reason);
  std::longjmp(failure.back, 1);
}

// Warnings are for pictures that can still be shown, but a file that ends early is not one to
// calibrate or score with.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) jump_back(info);
}
void on_output(j_common_ptr) {}

void on_progress(j_common_ptr info) {
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
  if (decompress->input_scan_number <= most_scans) return;
  Failure& failure = failure_of(info);
  std::strcpy(failure.reason, "more scans than any picture needs");
  std::longjmp(failure.back, 1);
}

class Reader {
 public:
  Reader() {
    info_.err = jpeg_std_error(&failure_.manager);
    failure_.manager.error_exit = jump_back;
    failure_.manager.emit_message = on_message;
    failure_.manager.output_message = on_output;
    progress_.progress_monitor = on_progress;
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { jpeg_destroy_decompress(&info_); }

  const char* reason() const { return failure_.reason; }
  const jpeg_decompress_struct& info() const { return info_; }

  bool read_header(std::span<const std::byte> bytes) {
    if (setjmp(failure_.back)) return false;
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()),
                 static_cast<unsigned long>(bytes.size()));
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);  // EXIF
    jpeg_read_header(&info_, TRUE);
    return true;
  }
  // Rows of (red, green, blue), or of four inks.
  bool read_rows(uint8_t* rows) {
    if (setjmp(failure_.back)) return false;
    info_.out_color_space = info_.num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info_);
    const size_t pitch =
        static_cast<size_t>(info_.output_width) * static_cast<size_t>(info_.output_components);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = rows + pitch * info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

 private:
  jpeg_decompress_struct info_{};
  jpeg_progress_mgr progress_{};
  Failure failure_{};
};

[[noreturn]] void fail(const Reader& reader, const std::string& where) {
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

Decoded decode_jpeg(std::span<const std::byte> bytes, const std::string& where) {
  Reader reader;
  if (!reader.read_header(bytes)) fail(reader, where);
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

}  // namespace nnstretch::image
