// A YAML file as sections, keys and values with their lines: the only place that knows yaml-cpp.
// Hostile files are refused early: size, depth and the number of values are limited, also of what
// aliases repeat.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace nnstretch::config {

struct Entry;

// A mapping (then `entries`, in the file's order) or a value.
struct Tree {
  bool is_mapping = false;
  std::vector<Entry> entries;
  Value value;
  int line = 0;       // 1 is the first
  size_t values = 1;  // scalars, lists and mappings in it, itself included
};
struct Entry {
  std::string key;
  int line = 0;
  Tree tree;
};

// The largest text that is read, in bytes, and the error for a larger one.
constexpr size_t most_bytes = size_t{1} << 20;
[[noreturn]] void refuse_size(const std::string& file);

// The one document of the text; an empty one is null. Scalars as PyYAML reads them.
// ConfigError at file:line: bad syntax, a mapping within a list, a key that is no text or stands
// twice, NUL bytes, more than most_bytes, 32 levels or 100 000 values.
Tree read_tree(std::string_view text, const std::string& file);

}  // namespace nnstretch::config
