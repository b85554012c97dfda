// AutoAugment and RandAugment on 8-bit colours, with the names and ranges of pycls.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace nnstretch::data {

class Augmentation {
 public:
  // "", "AutoAugment" or "RandAugment", the latter with suffixes: _N2 (operations), _M0.5
  // (magnitude, 0 to 1), _P0.5 (probability of each). UsageError for anything else.
  explicit Augmentation(std::string_view text);

  bool empty() const { return kind_ == Kind::none; }
  // A square picture of side x side x 3 bytes, in place.
  void apply(std::span<uint8_t> rgb, int side, Random& random) const;

 private:
  enum class Kind { none, automatic, random };
  Kind kind_ = Kind::none;
  int count_ = 2;
  double magnitude_ = 0.5, probability_ = 1;
};

}  // namespace nnstretch::data
