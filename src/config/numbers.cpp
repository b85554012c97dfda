#include "config/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/error.h"

namespace nnstretch::config {

int64_t parse_integer(const std::string& text, int base) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error == std::errc::result_out_of_range)
    throw FormatError({.what = fmt::format("{} does not fit a 64-bit integer", text)});
  if (error != std::errc() || stop != end)
    throw FormatError({.what = fmt::format("'{}' is no integer", text)});
  return value;
}

double parse_real(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) {
    const size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent + 1 < text.size() && text[exponent + 1] == '-';
    return tiny ? 0.0 : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc() || stop != end)
    throw FormatError({.what = fmt::format("'{}' is no number", text)});
  return value;
}

}  // namespace nnstretch::config
