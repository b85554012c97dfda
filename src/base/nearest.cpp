#include "base/nearest.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace nnstretch {
namespace {

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

}  // namespace

size_t edits(std::string_view a, std::string_view b) {
  a = a.substr(0, 80), b = b.substr(0, 80);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (upper(a[i]) == upper(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  std::string best;
  for (const std::string& one : known)
    if (const size_t distance = edits(word, one); distance < least && distance < one.size()) {
      least = distance;
      best = one;
    }
  return best;
}

}  // namespace nnstretch
