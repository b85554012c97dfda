#include "image/jpeg_reader.h"

#include <cstring>

#include <jerror.h>

namespace nnstretch::image {
namespace {

// Honest progressive files have about ten; each costs a pass over the whole picture.
constexpr int most_scans = 100;

void on_output(j_common_ptr) {}

}  // namespace

JpegReader::Failure& JpegReader::failure_of(j_common_ptr info) {
  return *reinterpret_cast<Failure*>(info->err);
}

void JpegReader::jump_back(j_common_ptr info) {
  Failure& failure = failure_of(info);
  info->err->format_message(info, failure.reason);
  std::longjmp(failure.back, 1);
}

// Warnings are for pictures that can still be shown, but a file that ends early is not one to
// calibrate or score with.
void JpegReader::on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) jump_back(info);
}

void JpegReader::on_progress(j_common_ptr info) {
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
  if (decompress->input_scan_number <= most_scans) return;
  Failure& failure = failure_of(info);
  std::strcpy(failure.reason, "more scans than any picture needs");
  std::longjmp(failure.back, 1);
}

JpegReader::JpegReader() {
  info_.err = jpeg_std_error(&failure_.manager);
  failure_.manager.error_exit = jump_back;
  failure_.manager.emit_message = on_message;
  failure_.manager.output_message = on_output;
  progress_.progress_monitor = on_progress;
}

JpegReader::~JpegReader() { jpeg_destroy_decompress(&info_); }

bool JpegReader::read_header(std::span<const std::byte> bytes) {
  if (setjmp(failure_.back)) return false;
  jpeg_create_decompress(&info_);
  info_.progress = &progress_;
  jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);  // EXIF
  jpeg_read_header(&info_, TRUE);
  return true;
}

void JpegReader::read_until(unsigned end, uint8_t* rows) {
  const size_t pitch =
      static_cast<size_t>(info_.output_width) * static_cast<size_t>(info_.output_components);
  while (info_.output_scanline < end) {
    JSAMPROW row = rows;
    rows += pitch * jpeg_read_scanlines(&info_, &row, 1);
  }
}

bool JpegReader::read_rows(uint8_t* rows) {
  if (setjmp(failure_.back)) return false;
  info_.out_color_space = info_.num_components == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&info_);
  read_until(info_.output_height, rows);
  jpeg_finish_decompress(&info_);
  return true;
}

bool JpegReader::start_columns(unsigned& x, unsigned& width) {
  if (setjmp(failure_.back)) return false;
  info_.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info_);
  jpeg_crop_scanline(&info_, &x, &width);
  width = info_.output_width;
  return true;
}

bool JpegReader::read_some_rows(unsigned y, unsigned count, uint8_t* rows) {
  if (setjmp(failure_.back)) return false;
  if (y > 0) jpeg_skip_scanlines(&info_, y);
  read_until(y + count, rows);
  return true;
}

}  // namespace nnstretch::image
