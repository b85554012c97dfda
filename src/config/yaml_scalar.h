// What a scalar of a YAML file means, as PyYAML's safe_load decides (YAML 1.1): yes is true, 010 is
// 8, 1_000 is 1000, and 5e-5, which lacks a point, is text.
#pragma once
#include <string>
#include <string_view>

#include "config/value.h"

namespace nnstretch::config {

// Without quotes or tag. Text where nothing else matches.
// FormatError, without a place: an integer that 64 bits do not hold.
Value resolve_plain_scalar(std::string_view text);
// With the tag yaml-cpp gives: "?" plain, "!" quoted, or an explicit one such as
// "tag:yaml.org,2002:int" (!!int). FormatError, without a place: a tag or text that does not fit
// it.
Value resolve_scalar(std::string_view tag, const std::string& text);

}  // namespace nnstretch::config
