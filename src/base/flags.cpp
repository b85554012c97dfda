#include "base/flags.h"

namespace nnstretch {
namespace {

std::set<std::string, std::less<>>& flags() {
  static std::set<std::string, std::less<>> names;
  return names;
}

}  // namespace

void use_flags(std::set<std::string, std::less<>> names) { flags() = std::move(names); }

std::string with_flags(std::string_view text) {
  std::string spelled;
  for (;;) {
    const size_t begin = text.find('`');
    const size_t end = begin == text.npos ? text.npos : text.find('`', begin + 1);
    if (end == text.npos) return spelled.append(text);
    const std::string_view name = text.substr(begin + 1, end - begin - 1);
    if (flags().contains(name)) {
      spelled.append(text.substr(0, begin)).append("--").append(name);
      text.remove_prefix(end + 1);
    } else {  // the second quote may be the first of a name
      spelled.append(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
}

}  // namespace nnstretch
