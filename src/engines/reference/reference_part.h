// A graph that is ready to be walked.
#pragma once
#include "engines/engine.h"
#include "engines/reference/memory_plan.h"

namespace nnstretch::engines {

class ReferencePart : public CompiledPart, public std::enable_shared_from_this<ReferencePart> {
 public:
  // ShapeError naming the weight that is missing or of another shape or type than its node needs.
  explicit ReferencePart(ir::Model model, bool counts_ops = false);
  std::unique_ptr<PartInstance> instantiate() const override;
  std::string engine() const override { return "reference"; }

  const ir::Model& model() const { return model_; }
  const MemoryPlan& memory() const { return memory_; }
  bool counts_ops() const { return counts_ops_; }
  // Of the weights of a node, in its order; they live as long as this part.
  std::span<const ir::View> weights(ir::NodeId id) const { return weights_.at(id); }

 private:
  ir::Model model_;
  bool counts_ops_;
  MemoryPlan memory_;
  std::vector<std::vector<ir::TensorType>> weight_types_;  // what weights_ refers to
  std::vector<std::vector<ir::View>> weights_;             // by node
};

}  // namespace nnstretch::engines
