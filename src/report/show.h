// Results on stdout that hold names of others.
#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
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

// To stdout, at once. IoError if that cannot be written.
void write_out(std::string_view text);

// As fmt::print to stdout; each text among the values is printable (base/names.h).
//     show("{}: {} tensors\n", path.string(), count);
template <class... Values>
void show(fmt::format_string<Values...> format, const Values&... values) {
  std::apply(
      [&](const auto&... safe) {
        write_out(fmt::vformat(fmt::string_view(format), fmt::make_format_args(safe...)));
      },
      std::tuple(shown(values)...));
}

// "net.tflite (12.3 MB)"; of a device or a pipe, which has no size, the name alone.
std::string file_and_size(const std::filesystem::path& file);

}  // namespace nnstretch::report
