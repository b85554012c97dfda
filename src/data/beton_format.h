// The layout of FFCV's .beton files, version 2; all numbers little endian:
//     header | fields | a record a sample | zeros | pages of pixels | allocation table
// Pages hold JPEG streams and raw pixels one after the other; none crosses the end of a page.
#pragma once
#include <cstddef>
#include <cstdint>

namespace nnstretch::data::beton {

constexpr uint16_t version = 2;
// Header: u16 version, u16 fields, u32 page size, u64 samples, u64 offset of the table.
constexpr size_t header_size = 24;
// Field: u8 type, 16 bytes of name filled up with zeros, 1024 bytes of arguments.
constexpr size_t field_size = 1 + 16 + 1024;
enum class FieldType : uint8_t {
  float64 = 0,
  int64 = 1,
  rgb_image = 2,
  bytes = 3,
  ndarray = 4,
  json = 5,
  tensor = 6,
};
// Image in a record: u8 mode, u16 width, u16 height, u64 offset of the pixels.
constexpr size_t image_size = 13;
enum class ImageMode : uint8_t { jpg = 0, raw = 1 };
// Row of the table: u64 sample, u64 offset, u64 size.
constexpr size_t row_size = 24;

constexpr uint64_t least_page = uint64_t{2} << 20;
constexpr uint64_t usual_page = uint64_t{8} << 20;

}  // namespace nnstretch::data::beton
