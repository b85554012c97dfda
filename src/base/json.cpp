#include "base/json.h"

#include <fmt/format.h>

namespace nnstretch {

void check_json_depth(std::string_view text, const std::string& where, int deepest) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest)
        throw FormatError(
            {.what = fmt::format("JSON nested deeper than {} levels", deepest), .where = where});
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

}  // namespace nnstretch
