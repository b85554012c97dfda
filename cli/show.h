// Results on stdout that hold names of others.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <tuple>

#include "base/names.h"

namespace nnstretch::cli {

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

}  // namespace nnstretch::cli
