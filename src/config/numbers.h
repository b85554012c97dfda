// Digits to numbers without locale, exactly, and with an error where the number does not fit.
#pragma once
#include <cstdint>
#include <string>

namespace nnstretch::config {

// All of `text`, an optional minus and digits of the base. FormatError, without a place, if it is
// not that or does not fit 64 bits.
int64_t parse_integer(const std::string& text, int base);
// All of `text`, as Python's float(): too large is infinite, too small is zero.
double parse_real(const std::string& text);

}  // namespace nnstretch::config
