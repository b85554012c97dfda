// A fixed piece of arithmetic, timed now and then: it touches no memory and calls nobody, so when
// its time changes, the core has. Neighbours of a virtual machine show in nothing else.
//     Anchor anchor(core);
//     anchor.time(); ...; anchor.time();
//     if (anchor.drift() > 1.05) ...
#pragma once
#include <optional>
#include <vector>

namespace nnstretch::measure {

class Anchor {
 public:
  // The cores it is bound to while it is timed; none: wherever it is.
  explicit Anchor(std::vector<int> cores) : cores_(std::move(cores)) {}
  // The least of some times, so that who interrupts it does not count: 2 ms in all.
  void time();
  // The slowest of these / the fastest; nothing before there are two.
  std::optional<double> drift() const;

 private:
  std::vector<int> cores_;
  double fastest_us_ = 0, slowest_us_ = 0;
  int count_ = 0;
};

}  // namespace nnstretch::measure
