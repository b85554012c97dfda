// The networks inside an elastic one: its configuration describes the largest, ELASTIC the
// smallest, and between them every branch of every stage has a depth and a width of its own. Each
// of them is an ordinary configuration.
//     const Elastic elastic(config);
//     config::Config one = elastic.config_of(elastic.find("random:7"));
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace nnstretch::nets {

struct BranchSize {
  int depth = 1, width = 1;
  bool operator==(const BranchSize&) const = default;
};
using NetSize = std::vector<std::vector<BranchSize>>;  // of each stage the branches

class Elastic {
 public:
  // ConfigError at its file:line: ELASTIC says nothing of a smallest network, or something that
  // does not fit ANYNET.
  explicit Elastic(const config::Config& config);
  // Whether a configuration says anything of a smallest network.
  static bool is(const config::Config& config);

  const NetSize& largest() const { return largest_; }
  const NetSize& smallest() const { return smallest_; }
  // Depths uniform, widths uniform in their logarithm, as in the original; follows from the key.
  NetSize random(std::initializer_list<uint64_t> key) const;

  // "max", "min", "random:SEED", or the depth and width of each branch: "2x32+1x16,2x64+1x48" has
  // two stages of two branches. UsageError: something else, or a network that is not inside.
  NetSize find(std::string_view name) const;
  // In that last form.
  static std::string name_of(const NetSize& size);
  // Without ELASTIC. Convolutions of one group keep one.
  config::Config config_of(const NetSize& size) const;

 private:
  NetSize parse(std::string_view text) const;
  bool holds(const NetSize& size) const;

  config::Config config_;
  NetSize largest_, smallest_;
};

}  // namespace nnstretch::nets
