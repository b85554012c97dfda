// A small .beton file put together from the description of the format, byte by byte: what the
// reader is tested with and what fuzzing starts from.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace nnstretch::data {

// Two raw samples of 2 x 1 and 1 x 2 pixels, labels 3 and 1; a field of floats between the two, so
// that a record is 13 bytes, 3 of padding, 8, 8. Small pages, as nobody would write them.
class BetonBytes {
 public:
  static constexpr size_t records = 24 + 3 * 1041, record = 32, pixels = 3584, table = 4096;

  BetonBytes() : bytes(table + 2 * 24) {
    put<uint16_t>(0, 2);
    put<uint16_t>(2, 3);
    put<uint32_t>(4, 512);
    put<uint64_t>(8, 2);
    put<uint64_t>(16, table);
    field(0, 2, "image_of_16_char");
    field(1, 0, "weight");
    field(2, 1, "label");
    sample(0, 2, 1, pixels + 6, 3);
    sample(1, 1, 2, pixels, 1);
    for (size_t i = 0; i < 12; ++i) bytes[pixels + i] = static_cast<std::byte>(10 * i);
    row(0, 1, pixels, 6);  // not in the order of samples
    row(1, 0, pixels + 6, 6);
  }
  template <class T>
  BetonBytes& put(size_t at, T value) {
    std::memcpy(&bytes[at], &value, sizeof value);
    return *this;
  }
  std::vector<std::byte> bytes;

 private:
  void field(size_t index, uint8_t type, std::string_view name) {
    put(24 + 1041 * index, type);
    std::memcpy(&bytes[24 + 1041 * index + 1], name.data(), name.size());
  }
  void sample(size_t index, uint16_t width, uint16_t height, uint64_t at, int64_t label) {
    const size_t start = records + index * record;
    put<uint8_t>(start, 1);
    put(start + 1, width);
    put(start + 3, height);
    put(start + 5, at);
    put(start + 16, 0.5);
    put(start + 24, label);
  }
  void row(size_t index, uint64_t sample, uint64_t at, uint64_t size) {
    put(table + 24 * index, sample);
    put(table + 24 * index + 8, at);
    put(table + 24 * index + 16, size);
  }
};

}  // namespace nnstretch::data
