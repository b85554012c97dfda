// JPEG through libjpeg-turbo, with its defaults: baseline, 4:2:0, exact transform.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>  // needs size_t and FILE from above

#include "base/error.h"
#include "image/encoded.h"

namespace nnstretch::image {
namespace {

struct Failure {
  jpeg_error_mgr manager;  // first: libjpeg hands out a pointer to it
  std::jmp_buf back;
  char reason[JMSG_LENGTH_MAX];
};

[[noreturn]] void jump_back(j_common_ptr info) {
  auto& failure = *reinterpret_cast<Failure*>(info->err);
  info->err->format_message(info, failure.reason);
  std::longjmp(failure.back, 1);
}

// As JpegReader: a function that calls setjmp holds nothing with a destructor.
class Writer {
 public:
  Writer() {
    info_.err = jpeg_std_error(&failure_.manager);
    failure_.manager.error_exit = jump_back;
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    jpeg_destroy_compress(&info_);
    std::free(memory_);
  }
  const char* reason() const { return failure_.reason; }
  std::span<const std::byte> bytes() const {
    return {reinterpret_cast<const std::byte*>(memory_), size_};
  }

  bool write(const View& picture, int quality) {
    if (setjmp(failure_.back)) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &memory_, &size_);
    info_.image_width = static_cast<JDIMENSION>(picture.width);
    info_.image_height = static_cast<JDIMENSION>(picture.height);
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    jpeg_start_compress(&info_, TRUE);
    while (info_.next_scanline < info_.image_height) {
      // libjpeg only reads through the pointer.
      auto* row = const_cast<uint8_t*>(picture.rgb + picture.pitch * info_.next_scanline);
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

 private:
  jpeg_compress_struct info_{};
  Failure failure_{};
  unsigned char* memory_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

std::vector<std::byte> encode_jpeg(const View& picture, int quality) {
  Writer writer;
  if (!writer.write(picture, quality))
    throw FormatError({.what = std::string("cannot write a JPEG: ") + writer.reason()});
  return {writer.bytes().begin(), writer.bytes().end()};
}

}  // namespace nnstretch::image
