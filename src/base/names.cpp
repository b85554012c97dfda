#include "base/names.h"
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace nnstretch {
namespace {

struct Character {
  char32_t code = 0;
  size_t bytes = 0;  // 0: the text does not begin with UTF-8
};

Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const size_t bytes = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < bytes) return {};
  char32_t code = byte(0) & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < kLeast[bytes] || code > 0x10ffff || surrogate) return {};
  return {code, bytes};
}

// Controls (C0, DEL, C1), marks that turn the direction of writing, separators of lines, and the
// mark of byte order.
bool may_be_shown(char32_t code) {
  const auto in = [&](char32_t first, char32_t last) { return code >= first && code <= last; };
  return !in(0, 0x1f) && !in(0x7f, 0x9f) && !in(0x200e, 0x200f) && !in(0x2028, 0x202e) &&
         !in(0x2066, 0x2069) && code != 0x61c && code != 0xfeff;
}

// The text with `escape` of each byte that is not `plain` as a part of a character.
std::string escaped(std::string_view text, const auto& plain, const auto& escape) {
  std::string out;
  while (!text.empty()) {
    const Character next = first_character(text);
    const bool keep = next.bytes > 0 && plain(next.code);
    const std::string_view piece = text.substr(0, std::max<size_t>(next.bytes, 1));
    if (keep)
      out += piece;
    else
      for (const char c : piece) out += escape(static_cast<unsigned char>(c));
    text.remove_prefix(piece.size());
  }
  return out;
}

std::string for_people(unsigned char byte) {
  switch (byte) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return fmt::format("\\x{:02x}", byte);
  }
}

}  // namespace

std::string printable(std::string_view text) { return escaped(text, may_be_shown, for_people); }

std::string file_name_for(std::string_view name) {
  constexpr size_t kLongest = 180;  // bytes; with an ending and a mark of the writer below 255
  const auto escape = [](unsigned char byte) { return fmt::format("%{:02X}", byte); };
  const auto plain = [](char32_t code) {
    return may_be_shown(code) && code != '/' && code != '\\' && code != '%';
  };
  if (name.empty()) return "%";
  std::string file = escaped(name, plain, escape);
  if (file[0] == '.') file.replace(0, 1, escape('.'));
  if (file.size() <= kLongest) return file;
  const std::string hash = "%-" + Hash().add(name).hex();  // no escape begins like this
  size_t kept = kLongest - hash.size();
  while ((static_cast<unsigned char>(file[kept]) & 0xc0) == 0x80) --kept;  // whole characters
  return file.substr(0, kept) + hash;
}

}  // namespace nnstretch
