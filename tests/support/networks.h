// The published settings as parameters of tests.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "support/paths.h"

namespace nnstretch::testing {

// "mi/EN-B5-C", ...: all of configs/mi and configs/pixel, in order.
inline std::vector<std::string> published_settings() {
  std::vector<std::string> names;
  for (const char* folder : {"mi", "pixel"})
    for (const auto& entry :
         std::filesystem::directory_iterator(source_folder() / "configs" / folder))
      names.push_back(fmt::format("{}/{}", folder, entry.path().stem().string()));
  std::sort(names.begin(), names.end());
  return names;
}

// The same as googletest wants it.
inline std::string test_name(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return text;
}

}  // namespace nnstretch::testing
