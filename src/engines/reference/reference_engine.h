// The engine that is the truth for all others: it walks the graph and calls the reference kernel of
// each operator, on one thread. Slow, exact, takes every operator.
//     ReferenceEngine engine;
//     Runner runner(engine, model, Processor{});
#pragma once
#include "engines/engine.h"

namespace nnstretch::engines {

class ReferenceEngine : public Engine {
 public:
  std::string name() const override { return "reference"; }
  // Counts up when a kernel changes a bit.
  std::string version() const override { return "1"; }
  std::vector<DeviceInfo> devices() const override;
  // Refuses int8 forms that TF-Lite lacks (silu, gelu fused, batch norm), other devices than "cpu"
  // and bf16. With precision f32 an int8 graph computes in float32 (ir/passes/to_float.h).
  Support supports(const ir::Graph& part, const Processor& processor) const override;
  // Memory is laid out here and taken when an instance is bound. run() takes none for values; a
  // convolution repacks its weights into memory of its own in every call.
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override;
};

}  // namespace nnstretch::engines
