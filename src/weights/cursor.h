// Reading numbers and runs of bytes from untrusted memory: every step is checked.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nnstretch::weights {

// The bytes as characters; a view.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A name from a file, fit to be printed: no control characters, at most 80 bytes.
inline std::string shown(std::string_view name) {
  constexpr size_t kLongest = 80;
  std::string clean(name.substr(0, kLongest));
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  return name.size() > kLongest ? clean + "..." : clean;
}

// Walks through bytes; keeps no copy of them or of `where`. Any step past the end is a FormatError.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, const std::string& where, size_t at = 0)
      : bytes_(bytes), where_(where) {
    seek(at);
  }
  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  void seek(size_t at) {
    if (at > bytes_.size()) cut_short();
    at_ = at;
  }
  std::span<const std::byte> take(size_t count) {
    if (count > left()) cut_short();
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  // A little-endian number.
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  // Up to the next newline, which is consumed and not returned.
  std::string_view line() {
    const std::string_view rest = as_text(bytes_.subspan(at_));
    const size_t length = rest.find('\n');
    if (length == rest.npos) cut_short();
    at_ += length + 1;
    return rest.substr(0, length);
  }

 private:
  [[noreturn]] void cut_short() const {
    throw FormatError({.what = "the data ends too early",
                       .where = where_,
                       .fix = "the file may be cut short; copy it again"});
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  size_t at_ = 0;
};

}  // namespace nnstretch::weights
