// Python's ast.literal_eval, as far as configurations use it. pycls reads every string that stands
// for a key this way, so 5e-5 (text to YAML) is a float, '8' an int, and True on the command line
// a bool while true stays text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/value.h"

namespace nnstretch::config {

// None, bools, numbers, quoted strings, lists and tuples (both a List) of them.
// Nothing: not a literal, or one no key can hold (complex, bytes, dict, set); pycls keeps the text.
std::optional<Value> python_literal(std::string_view text);
// The literal whose value is `text`: 'it\'s'.
std::string python_quoted(std::string_view text);

}  // namespace nnstretch::config
