// Results on stdout that hold names of others.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <tuple>
#include <type_traits>

#include "base/names.h"

namespace nnstretch::report {

// A value as show() prints it.
template <class T>
auto shown(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>)
    return printable(value);
  else
    return value;
}

// As fmt::print to stdout; each text among the values is printable (base/names.h).
//     show("{}: {} tensors\n", path.string(), count);
template <class... Values>
void show(fmt::format_string<Values...> format, const Values&... values) {
  std::apply(
      [&](const auto&... safe) {
        fmt::vprint(stdout, fmt::string_view(format), fmt::make_format_args(safe...));
      },
      std::tuple(shown(values)...));
}

// "net.tflite (12.3 MB)"; of a device or a pipe, which has no size, the name alone.
inline std::string file_and_size(const std::filesystem::path& file) {
  std::error_code no_file;
  const auto bytes = std::filesystem::file_size(file, no_file);
  return no_file ? file.string()
                 : fmt::format("{} ({:.1f} MB)", file.string(), static_cast<double>(bytes) / 1e6);
}

}  // namespace nnstretch::report
