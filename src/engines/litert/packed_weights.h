// Where XNNPACK keeps the weights of a part in the order its kernels read them: once for all
// instances, in memory that only this process knows. Each instance would pack a copy of its own.
#pragma once
#include <string>

namespace nnstretch::engines::litert {

class PackedWeights {
 public:
  // EngineError naming the part if the system has no such memory.
  explicit PackedWeights(const std::string& part);
  ~PackedWeights();
  PackedWeights(const PackedWeights&) = delete;
  PackedWeights& operator=(const PackedWeights&) = delete;

  // A descriptor for an instance, which closes it. The first instance writes, the next ones map
  // what it wrote: make one after another.
  int handed_out() const;

 private:
  std::string part_;
  int file_;
};

}  // namespace nnstretch::engines::litert
