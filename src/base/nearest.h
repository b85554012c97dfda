// What somebody probably meant by a word that is not known.
//     nearest("benhc", {"bench", "build", "run"})   // "bench"
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

// Insertions, removals and replacements that make one of the other; case does not count. Of the
// first 80 characters: longer words are no typing errors.
size_t edits(std::string_view a, std::string_view b);

// The first of those with fewest edits; empty where more than a third of the word's characters
// would have to change, but of two at least.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace nnstretch
