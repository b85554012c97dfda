#include "data/mat_struct.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/error.h"
#include "weights/cursor.h"

namespace nnstretch::data {
namespace {

using weights::Cursor;
using Bytes = std::span<const std::byte>;

// Types of elements, as MATLAB's description of its MAT-files numbers them.
enum class Type : uint32_t {
  int8 = 1,
  uint8 = 2,
  int16 = 3,
  uint16 = 4,
  int32 = 5,
  uint32 = 6,
  single_float = 7,
  double_float = 9,
  int64 = 12,
  uint64 = 13,
  matrix = 14,
  compressed = 15,
  utf8 = 16,
  utf16 = 17
};
constexpr uint8_t kStructClass = 2;
constexpr size_t kHeader = 128, kAlignment = 8;
constexpr size_t kMostUnpacked = size_t{64} << 20;

struct Element {
  Type type;
  Bytes bytes;
};

// The next element. A small one has its size in the upper half of its type, and four bytes.
Element next(Cursor& in) {
  const auto word = in.number<uint32_t>();
  if (const uint32_t size = word >> 16) {
    if (size > sizeof word) throw FormatError({.what = "a small element of more than four bytes"});
    return {static_cast<Type>(word & 0xffff), in.take(sizeof word).first(size)};
  }
  const auto size = in.number<uint32_t>();
  const Element element{static_cast<Type>(word), in.take(size)};
  if (element.type != Type::compressed)
    in.take(std::min<size_t>(in.left(), (kAlignment - size % kAlignment) % kAlignment));
  return element;
}

Bytes next(Cursor& in, Type type) {
  const Element element = next(in);
  if (element.type != type)
    throw FormatError(
        {.what = fmt::format("an element of type {} where {} is expected",
                             static_cast<uint32_t>(element.type), static_cast<uint32_t>(type))});
  return element.bytes;
}

std::vector<std::byte> unpacked(Bytes packed) {
  std::vector<std::byte> out(std::min(kMostUnpacked, packed.size() * 4 + 1024));
  z_stream stream{};
  if (::inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.total_out == out.size() && out.size() < kMostUnpacked)
      out.resize(std::min(kMostUnpacked, 2 * out.size()));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + stream.total_out);
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    status = ::inflate(&stream, Z_NO_FLUSH);
  }
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  if (status != Z_STREAM_END)
    throw FormatError({.what = out.size() == kMostUnpacked ? "it unpacks to more than 64 MiB"
                                                           : "its compressed data are damaged"});
  return out;
}

template <class T>
double first(Bytes bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<double>(value);
}

struct Numbers {
  Type type;
  size_t size;
  double (*first)(Bytes);
};
constexpr Numbers kNumbers[] = {
    {Type::int8, 1, first<int8_t>},        {Type::uint8, 1, first<uint8_t>},
    {Type::int16, 2, first<int16_t>},      {Type::uint16, 2, first<uint16_t>},
    {Type::int32, 4, first<int32_t>},      {Type::uint32, 4, first<uint32_t>},
    {Type::single_float, 4, first<float>}, {Type::double_float, 8, first<double>},
    {Type::int64, 8, first<int64_t>},      {Type::uint64, 8, first<uint64_t>}};

// The elements of a matrix that stand before its content: flags, sizes and name.
struct MatrixHead {
  uint8_t kind;
  std::vector<int32_t> sizes;
  std::string_view name;
};
MatrixHead head_of(Cursor& in) {
  const Bytes flags = next(in, Type::uint32), sizes = next(in, Type::int32);
  if (flags.empty()) throw FormatError({.what = "a matrix without flags"});
  MatrixHead head{std::to_integer<uint8_t>(flags[0]), {}, {}};
  head.sizes.resize(sizes.size() / sizeof(int32_t));
  if (!head.sizes.empty())
    std::memcpy(head.sizes.data(), sizes.data(), head.sizes.size() * sizeof(int32_t));
  head.name = weights::as_text(next(in, Type::int8));
  return head;
}

}  // namespace

MatStruct::MatStruct(Bytes bytes, std::string_view name, std::string where)
    : where_(std::move(where)) {
  try {
    Cursor in(bytes, where_);
    if (weights::as_text(in.take(kHeader)).substr(kHeader - 2) != "IM")
      refuse("no MATLAB 5 file of little-endian numbers");
    bool found = false;
    while (!found && in.left() > 0) {
      const Element element = next(in);
      if (element.type == Type::matrix) found = take_array(element.bytes, name);
      if (element.type != Type::compressed) continue;
      unpacked_ = unpacked(element.bytes);
      Cursor inside(unpacked_, where_);
      found = take_array(next(inside, Type::matrix), name);
    }
    if (!found) refuse(fmt::format("no struct array named {}", name));
  } catch (const FormatError& error) {
    throw FormatError({error.message().what, where_, error.message().fix});
  }
}

// False if it is another variable.
bool MatStruct::take_array(Bytes matrix, std::string_view name) {
  Cursor in(matrix, where_);
  const MatrixHead head = head_of(in);
  if (head.kind != kStructClass || head.name != name) return false;
  size_t rows = 1;
  for (const int32_t size : head.sizes)
    if (size < 0 || __builtin_mul_overflow(rows, static_cast<size_t>(size), &rows))
      throw FormatError({.what = "a struct array of no size"});
  const Bytes length = next(in, Type::int32), names = next(in, Type::int8);
  const int32_t width =
      length.size() == sizeof width ? Cursor(length, where_).number<int32_t>() : 0;
  if (width < 1 || names.size() % static_cast<size_t>(width) != 0)
    throw FormatError({.what = "names of fields that have no length"});
  for (size_t at = 0; at < names.size(); at += static_cast<size_t>(width)) {
    const auto text = weights::as_text(names.subspan(at, static_cast<size_t>(width)));
    fields_.emplace(text.substr(0, text.find('\0')), fields_.size());
  }
  if (fields_.size() * static_cast<size_t>(width) != names.size())
    throw FormatError({.what = "two fields of one name"});
  rows_ = rows;
  take_cells(matrix.subspan(in.at()));
  return true;
}

void MatStruct::take_cells(Bytes rest) {
  constexpr size_t kSmallest = 8;  // bytes of a matrix without content
  if (fields_.empty() || rows_ > rest.size() / kSmallest / fields_.size())
    throw FormatError({.what = fmt::format("{} rows do not fit into it", rows_)});
  Cursor in(rest, where_);
  for (size_t i = 0; i < rows_ * fields_.size(); ++i) cells_.push_back(next(in, Type::matrix));
}

Bytes MatStruct::cell(std::string_view field, size_t row) const {
  const auto found = fields_.find(field);
  if (found == fields_.end() || row >= rows_)
    refuse(fmt::format("row {} of the struct array has no {}", row, field));
  return cells_[row * fields_.size() + found->second];
}

double MatStruct::number(std::string_view field, size_t row) const {
  Cursor in(cell(field, row), where_);
  head_of(in);
  const Element content = next(in);
  for (const Numbers& numbers : kNumbers)  // small numbers are stored small
    if (numbers.type == content.type && content.bytes.size() >= numbers.size)
      return numbers.first(content.bytes);
  refuse(fmt::format("{} of row {} is no number", field, row));
}

std::string MatStruct::word(std::string_view field, size_t row) const {
  Cursor in(cell(field, row), where_);
  head_of(in);
  const Element content = next(in);
  const bool wide = content.type == Type::uint16 || content.type == Type::utf16;
  if (!wide && content.type != Type::uint8 && content.type != Type::int8 &&
      content.type != Type::utf8)
    refuse(fmt::format("{} of row {} is no text", field, row));
  std::string text;
  for (size_t at = 0; at < content.bytes.size(); at += wide ? 2 : 1)
    text += static_cast<char>(content.bytes[at]);
  return text;
}

void MatStruct::refuse(std::string what) const {
  throw FormatError({.what = std::move(what), .where = where_});
}

}  // namespace nnstretch::data
