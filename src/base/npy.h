// Arrays in NumPy's .npy format: version 1.0 to 3.0, either order of bytes, C or Fortran order.
// They are written little-endian in C order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/dtype.h"

namespace nnstretch {

struct NpyArray {
  DType type = DType::f32;
  std::vector<int64_t> shape;    // empty: a scalar
  std::vector<std::byte> bytes;  // C order

  size_t count() const { return bytes.size() / size_of(type); }
  // The elements as T; FormatError if the type differs.
  template <class T>
  std::span<const T> as() const;
};

// Whether the bytes begin as a .npy file does.
bool is_npy(std::span<const std::byte> bytes);
// FormatError names the path and what is wrong (object arrays, short file).
NpyArray read_npy(const std::filesystem::path& path);
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where);
// All of the file. FormatError at `where` for a type that .npy lacks.
std::string npy_text(const NpyArray& array, const std::string& where);
void write_npy(const std::filesystem::path& path, const NpyArray& array);

}  // namespace nnstretch
