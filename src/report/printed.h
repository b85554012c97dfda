// Text with values that may hold names of others.
//     printed("{}: {} tensors", path.string(), count)
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "base/names.h"

namespace nnstretch::report {

template <class T>
auto printable_if_text(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>)
    return printable(value);
  else
    return value;
}

// As fmt::format; each text among the values is printable (base/names.h).
template <class... Values>
std::string printed(fmt::format_string<Values...> format, const Values&... values) {
  return std::apply(
      [&](const auto&... safe) {
        return fmt::vformat(fmt::string_view(format), fmt::make_format_args(safe...));
      },
      std::tuple(printable_if_text(values)...));
}

}  // namespace nnstretch::report
