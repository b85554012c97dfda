// One JPEG being read by libjpeg-turbo.
//
// libjpeg reports an error by calling back, and must not be returned to: the callback jumps to the
// last setjmp. So every function that calls setjmp holds nothing with a destructor, and returns
// false; the C++ around it owns the memory and throws what reason() says.
#pragma once
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>

#include <jpeglib.h>  // needs size_t and FILE from above

#include "image/resize.h"

namespace nnstretch::image {

class JpegReader {
 public:
  JpegReader();
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader();

  const char* reason() const { return failure_.reason; }
  const jpeg_decompress_struct& info() const { return info_; }

  // The bytes must stay until the rows are read.
  bool read_header(std::span<const std::byte> bytes);
  void set_method(J_DCT_METHOD method) { info_.dct_method = method; }
  // All rows of (red, green, blue), or of four inks.
  bool read_rows(uint8_t* rows);
  // Two steps for a part of the picture. First: the columns from `x` on, `width` of them, become
  // wider so as to begin and end at blocks; the buffer must have rows of 3 * width bytes.
  bool start_columns(unsigned& x, unsigned& width);
  // Second: the rows from `y` on. What follows them is not decoded.
  bool read_some_rows(unsigned y, unsigned count, uint8_t* rows);

 private:
  struct Failure {
    jpeg_error_mgr manager;  // first: libjpeg hands out a pointer to it
    std::jmp_buf back;
    char reason[JMSG_LENGTH_MAX];
  };
  static Failure& failure_of(j_common_ptr info);
  [[noreturn]] static void jump_back(j_common_ptr info);
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);
  // Into `rows`, from the next row to the one before `end`.
  void read_until(unsigned end, uint8_t* rows);

  jpeg_decompress_struct info_{};
  jpeg_progress_mgr progress_{};
  Failure failure_{};
};

}  // namespace nnstretch::image
