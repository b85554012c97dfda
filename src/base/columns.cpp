#include "base/columns.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace nnstretch {
namespace {

// Characters of UTF-8, each one column: marks and wide ones are rare in what is said here.
size_t width(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// Up to the blank that may become the end of a line.
std::string_view first_word(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') quoted = !quoted && text.find('`', i + 1) != text.npos;
    if (!quoted && text[i] == ' ') return text.substr(0, i);
  }
  return text;
}

void add_wrapped(std::string& all, std::string_view line, size_t columns, size_t indent) {
  size_t used = 0;
  for (bool first = true;; first = false) {
    const size_t blanks = line.find_first_not_of(' ');
    if (blanks == line.npos) return;
    line.remove_prefix(blanks);
    const std::string_view word = first_word(line);
    line.remove_prefix(word.size());
    const bool fits = first || used + blanks + width(word) <= columns;
    used = fits ? used + blanks : indent;
    if (fits)
      all.append(blanks, ' ');
    else
      all.append("\n").append(indent, ' ');
    all.append(word);
    used += width(word);
  }
}

}  // namespace

std::optional<size_t> columns_of(int descriptor) {
  if (::isatty(descriptor) != 1) return {};
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string wrapped(std::string_view text, size_t columns, size_t indent) {
  std::string all;
  for (;;) {
    const size_t end = text.find('\n');
    add_wrapped(all, text.substr(0, end), columns, indent);
    if (end == text.npos) return all;
    all += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace nnstretch
