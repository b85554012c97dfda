// .npy files: a header written by NumPy, round trips, and what must be refused.
#include "base/npy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// What numpy.save wrote for numpy.arange(6, dtype="<i2").reshape(2, 3).
std::vector<std::byte> by_numpy() {
  std::string file("\x93NUMPY\x01\x00\x76\x00", 10);
  std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
  header.resize(0x76 - 1, ' ');
  file += header + "\n";
  for (char i = 0; i < 6; ++i) file += {i, '\0'};
  return bytes_of(file);
}

TEST(Npy, ReadsWhatNumpyWrote) {
  const NpyArray array = parse_npy(by_numpy(), "numpy");
  EXPECT_EQ(array.type, DType::i16);
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array.count(), 6u);
  EXPECT_EQ(array.bytes[8], std::byte{4});
}

// A version 1.0 file of this header and data, as numpy.save lays it out.
std::vector<std::byte> file_of(std::string header, std::string_view data) {
  header.resize(0x76 - 1, ' ');
  return bytes_of(std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + std::string(data));
}

// Element (i, j, k) of 2 x 3 x 4 is 100 i + 10 j + k, laid out as the header says.
TEST(Npy, ReadsBothOrdersOfBytesAndOfElements) {
  for (const bool fortran : {false, true})
    for (const bool big : {false, true}) {
      std::string data(48, 0);
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
          for (int k = 0; k < 4; ++k) {
            const auto at = static_cast<size_t>(fortran ? i + 2 * j + 6 * k : 12 * i + 4 * j + k);
            const int value = 100 * i + 10 * j + k - 50;
            data[2 * at + big] = static_cast<char>(value & 255);
            data[2 * at + !big] = static_cast<char>(value >> 8);
          }
      const NpyArray array = parse_npy(
          file_of(fmt::format("{{'descr': '{}i2', 'fortran_order': {}, 'shape': (2, 3, 4), }}",
                              big ? '>' : '<', fortran ? "True" : "False"),
                  data),
          "made up");
      ASSERT_EQ(array.type, DType::i16);
      for (int i = 0; i < 24; ++i) {
        int16_t value = 0;
        std::memcpy(&value, array.bytes.data() + 2 * i, 2);
        EXPECT_EQ(value, i / 12 * 100 + i / 4 % 3 * 10 + i % 4 - 50) << fortran << big << i;
      }
    }
}

TEST(Npy, ReadsEmptyArraysAndScalarsOfAnyOrder) {
  for (const std::string_view shape : {"()", "(0, 3)", "(1, 1)"}) {
    const bool empty = shape == "(0, 3)";
    const NpyArray array = parse_npy(
        file_of(fmt::format("{{'descr': '>f4', 'fortran_order': True, 'shape': {}, }}", shape),
                empty ? std::string_view() : std::string_view("\x40\x49\x0f\xdb", 4)),
        "made up");
    EXPECT_EQ(array.count(), empty ? 0u : 1u);
    if (!empty) {
      EXPECT_EQ(array.as<float>()[0], 3.14159274f);
    }
  }
}

TEST(Npy, ComesBackAsItWas) {
  const testing::TemporaryFolder folder;
  const float values[] = {1.5f, -2, 3};
  NpyArray array{DType::f32, {3}, {}};
  array.bytes.resize(sizeof values);
  std::memcpy(array.bytes.data(), values, sizeof values);
  for (const auto& shape : {std::vector<int64_t>{3}, {1, 3}, {3, 1, 1}}) {
    array.shape = shape;
    write_npy(folder / "a.npy", array);
    const NpyArray back = read_npy(folder / "a.npy");
    EXPECT_EQ(back.shape, shape);
    EXPECT_EQ(back.bytes, array.bytes);
    EXPECT_EQ(back.as<float>()[1], -2);
    EXPECT_ERROR(back.as<int8_t>(), FormatError, "the array holds f32, i8 was expected");
  }
}

TEST(Npy, RefusesEveryTruncation) {
  const auto whole = by_numpy();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_ERROR(parse_npy(std::span(whole).first(length), "cut"), FormatError, "cut: ") << length;
}

TEST(Npy, RefusesWhatItCannotHold) {
  const auto refused = [](std::string_view header, std::string_view reason) {
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(header.size());
    file += '\0';
    EXPECT_ERROR(parse_npy(bytes_of(file + std::string(header) + "xxxxxxxx"), "made up"),
                 FormatError, "made up: ", reason)
        << header;
  };
  refused("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "numpy.float32");
  refused("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "numpy.float32");
  refused("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3), }",
          "promises 12 bytes of data, 8 are there: the file may be cut short");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "shape");
  refused(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999, 9999999999), }",
      "8 are there: the file may be cut short");
  refused("{'descr': '<f4', 'fortran_order': False}", "no 'shape'");
}

}  // namespace
}  // namespace nnstretch
