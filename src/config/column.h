// One list of a configuration that has an entry for each stage, and in it one for each branch, as
// ANYNET.WIDTHS has: read entry by entry, with its name in every complaint.
//     const Column depths{config, "ANYNET.DEPTHS", config.anynet.depths};
//     depths.whole(stage, depths.at(stage, branch), 1, deepest);
#pragma once
#include <string>

#include "config/config.h"

namespace nnstretch::config {

constexpr int widest = 1 << 16, deepest = 1000, largest_kernel = 63;
constexpr size_t no_limit = SIZE_MAX;

struct Column {
  const Config& config;
  std::string key;
  const List& list;

  bool absent() const { return list.empty(); }
  // Branches this stage's entry has; no_limit if the entry is no list and so fits any number.
  size_t branches(size_t stage) const;
  // The entry of a branch; of a stage whose entry is no list, that entry.
  const Value& at(size_t stage, size_t branch) const;
  // ConfigError unless `value`, an entry of this stage, is a whole number in this range.
  int whole(size_t stage, const Value& value, int least, int most) const;

  [[noreturn]] void fail(std::string what, std::string fix) const;
  [[noreturn]] void fail(size_t stage, std::string what, std::string fix) const;
};

}  // namespace nnstretch::config
