// Where XNNPACK keeps the weights of a part in the order its kernels read them: once for all
// instances, in memory that only this process knows. Each instance would pack a copy of its own.
#pragma once
#include <string>

#include "ir/graph.h"

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

// Computes the same. After: no two int8 layers name one bias. XNNPACK finds packed weights again by
// the weights and the bias, though it packs the scale of the result with them: of two layers that
// share both, the second computes with the scale of the first.
[[nodiscard]] ir::Model with_own_biases(const ir::Model& part);

}  // namespace nnstretch::engines::litert
