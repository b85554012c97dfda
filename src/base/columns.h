// Text for a terminal of so many columns.
//     wrapped("calibrating takes a while", 12, 2)   // "calibrating\n  takes a\n  while"
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nnstretch {

// How wide a terminal it is; nothing if it is none.
std::optional<size_t> columns_of(int descriptor);

// Broken between words; further lines begin with so many blanks. What cannot be broken stays whole,
// though it is longer: a word, such as a path, and what stands in back quotes, such as a command to
// copy. Lines that are there stay.
std::string wrapped(std::string_view text, size_t columns, size_t indent = 0);

}  // namespace nnstretch
