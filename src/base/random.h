// Random numbers that depend on what they are for, not on who asks first: a sample of an epoch
// gets the same ones from any thread, in any order, on any rank.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace nnstretch {

// What transforms draw from; tests put other generators in its place.
class Random {
 public:
  virtual ~Random() = default;
  virtual double uniform() = 0;              // [0, 1)
  virtual int64_t below(int64_t count) = 0;  // 0 to count - 1; count is positive
  virtual double normal() = 0;               // mean 0, deviation 1
  double uniform(double from, double to) { return from + (to - from) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
};

// A stream of its own for each key, such as {seed, epoch, sample} (splitmix64 from a hash of the
// key).
class KeyedRandom final : public Random {
 public:
  explicit KeyedRandom(std::initializer_list<uint64_t> key);
  double uniform() override;
  int64_t below(int64_t count) override;
  double normal() override;

 private:
  uint64_t next();
  uint64_t state_;
};

// The numbers 0 to count - 1 in random order.
std::vector<size_t> shuffled(size_t count, Random& random);

}  // namespace nnstretch
