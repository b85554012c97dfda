#include "base/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/files.h"

namespace nnstretch {
namespace {

struct Code {
  std::string_view text;
  DType type;
};
constexpr std::array<Code, 9> kCodes = {{{"f4", DType::f32},
                                         {"f8", DType::f64},
                                         {"f2", DType::f16},
                                         {"i1", DType::i8},
                                         {"u1", DType::u8},
                                         {"i2", DType::i16},
                                         {"i4", DType::i32},
                                         {"i8", DType::i64},
                                         {"b1", DType::boolean}}};

constexpr std::string_view kMagic = "\x93NUMPY";

// The text after 'key': in the header's Python dictionary, spaces skipped.
std::string_view value_of(std::string_view header, std::string_view key, const std::string& where) {
  const auto at = header.find(fmt::format("'{}':", key));
  if (at == header.npos)
    throw FormatError({.what = fmt::format("the .npy header has no '{}'", key), .where = where});
  auto value = header.substr(at + key.size() + 3);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

struct Elements {
  DType type;
  bool big_endian;
};

// '<f4' is little-endian, '>f4' big, '|i1' has one byte.
Elements parse_type(std::string_view value, const std::string& where) {
  for (const Code& code : kCodes)
    for (const char order : {'<', '>', '|'})
      if (value.starts_with(fmt::format("'{}{}'", order, code.text)))
        return {code.type, order == '>'};
  throw FormatError({.what = fmt::format(".npy element type {} is not known",
                                         value.substr(0, std::min(value.find(','), value.size()))),
                     .where = where,
                     .fix = "save x.astype(numpy.float32), or as uint8 or int8"});
}

std::vector<int64_t> parse_shape(std::string_view value, const std::string& where) {
  const auto close = value.find(')');
  if (value.empty() || value[0] != '(' || close == value.npos)
    throw FormatError({.what = "the .npy shape is not a tuple", .where = where});
  std::vector<int64_t> shape;
  const char* at = value.data() + 1;
  const char* end = value.data() + close;
  while (at < end) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    int64_t size = 0;
    const auto [next, error] = std::from_chars(at, end, size);
    if (error != std::errc() || size < 0)
      throw FormatError({.what = "the .npy shape has an entry that is no size", .where = where});
    shape.push_back(size);
    at = next;
  }
  return shape;
}

size_t checked_bytes(const NpyArray& array, size_t available, const std::string& where) {
  size_t bytes = size_of(array.type);
  for (const int64_t size : array.shape)
    if (__builtin_mul_overflow(bytes, static_cast<size_t>(size), &bytes)) bytes = SIZE_MAX;
  if (bytes > available)
    throw FormatError(
        {.what = fmt::format(".npy promises {} bytes of data, {} are there", bytes, available),
         .where = where,
         .fix = "the file may be cut short"});
  return bytes;
}

void swap_bytes(std::vector<std::byte>& bytes, size_t element) {
  for (size_t at = 0; at + element <= bytes.size(); at += element)
    std::reverse(bytes.begin() + static_cast<ptrdiff_t>(at),
                 bytes.begin() + static_cast<ptrdiff_t>(at + element));
}

// Elements whose first index runs fastest, in C order: the last one does.
std::vector<std::byte> from_fortran(std::span<const std::byte> bytes,
                                    const std::vector<int64_t>& shape, size_t element) {
  std::vector<std::byte> out(bytes.size());
  std::vector<size_t> step(shape.size()), index(shape.size());  // of the file, in elements
  for (size_t i = 0, next = 1; i < shape.size(); next *= static_cast<size_t>(shape[i++]))
    step[i] = next;
  size_t from = 0;
  for (size_t to = 0; to < out.size(); to += element) {
    std::memcpy(out.data() + to, bytes.data() + from * element, element);
    for (size_t axis = shape.size(); axis-- > 0; index[axis] = 0) {
      from += step[axis];
      if (++index[axis] < static_cast<size_t>(shape[axis])) break;
      from -= step[axis] * index[axis];
    }
  }
  return out;
}

}  // namespace

bool is_npy(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < 12 || text.substr(0, kMagic.size()) != kMagic)
    throw FormatError({.what = "not a .npy file", .where = where});
  const bool first_version = text[6] == 1;
  uint32_t length = 0;
  std::memcpy(&length, text.data() + 8, first_version ? 2 : 4);
  const size_t begin = first_version ? 10 : 12;
  if (length > text.size() - begin)
    throw FormatError({.what = "the .npy header is cut short", .where = where});
  const std::string_view header = text.substr(begin, length);

  NpyArray array;
  const auto [type, big_endian] = parse_type(value_of(header, "descr", where), where);
  array.type = type;
  array.shape = parse_shape(value_of(header, "shape", where), where);
  const bool fortran = value_of(header, "fortran_order", where).starts_with("True");
  const auto data = bytes.subspan(begin + length);
  const size_t size = checked_bytes(array, data.size(), where);
  if (fortran)
    array.bytes = from_fortran(data.first(size), array.shape, size_of(type));
  else
    array.bytes.assign(data.begin(), data.begin() + static_cast<ptrdiff_t>(size));
  if (big_endian) swap_bytes(array.bytes, size_of(type));
  return array;
}

NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_bytes(path), path.string());
}

std::string npy_text(const NpyArray& array, const std::string& where) {
  std::string_view code;
  for (const Code& row : kCodes)
    if (row.type == array.type) code = row.text;
  if (code.empty())
    throw FormatError(
        {.what = fmt::format("{} has no .npy type", name_of(array.type)), .where = where});
  std::string header =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}",
                  size_of(array.type) == 1 ? '|' : '<', code, fmt::join(array.shape, ", "),
                  array.shape.size() == 1 ? "," : "");
  header.append(63 - (kMagic.size() + 4 + header.size()) % 64, ' ');
  header += '\n';
  std::string out(kMagic);
  out += '\x01';
  out += '\0';
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return out;
}

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  write_atomic(path, npy_text(array, path.string()));
}

template <class T>
std::span<const T> NpyArray::as() const {
  constexpr DType wanted = [] {
    if constexpr (std::is_same_v<T, float>) return DType::f32;
    if constexpr (std::is_same_v<T, int8_t>) return DType::i8;
    if constexpr (std::is_same_v<T, uint8_t>) return DType::u8;
    if constexpr (std::is_same_v<T, double>) return DType::f64;
  }();
  if (type != wanted)
    throw FormatError({.what = fmt::format("the array holds {}, {} was expected", name_of(type),
                                           name_of(wanted))});
  return {reinterpret_cast<const T*>(bytes.data()), count()};
}
template std::span<const float> NpyArray::as<float>() const;
template std::span<const double> NpyArray::as<double>() const;
template std::span<const int8_t> NpyArray::as<int8_t>() const;
template std::span<const uint8_t> NpyArray::as<uint8_t>() const;

}  // namespace nnstretch
