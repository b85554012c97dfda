// Names of others (of files, tensors, folders) on their way to a terminal or into a file name.
#pragma once
#include <string>
#include <string_view>

namespace nnstretch {

// The text as it may be shown: what steers a terminal or hides what stands beside it (control
// characters, new lines, marks of direction) and bytes that are no UTF-8 are written as \n, \t, \r
// or \x1b. Whatever comes out is one line of UTF-8 and comes out the same again.
std::string printable(std::string_view text);

// A file name for any name: it stays in its folder, and two names have two. What cannot be in a
// file name, or may not be shown, is written as %2F; names that would be too long end in a hash.
//     file_name_for("a/b")   // "a%2Fb"
//     file_name_for("..")    // "%2E."
std::string file_name_for(std::string_view name);

}  // namespace nnstretch
