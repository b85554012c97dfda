// From a configuration to its network: stem, stages of parallel branches, head (MODEL.TYPE mbanynet
// of MobiSys'23 NN-Stretch), or of stages without branches (the networks of pycls). One graph
// serves training, cost, export and execution.
#pragma once
#include "config/config.h"
#include "config/stages.h"
#include "ir/graph.h"
#include "nets/layers.h"

namespace nnstretch::nets {

// The float32 network for one image of im_size x im_size pixels: input (1,S,S,3), output the logits
// (1,classes), weights named as in a pycls state_dict. Batch norms stand for themselves. The
// channel count after a merge is the real sum of the branches, whatever ORIGINAL_WIDTHS declares.
// ConfigError or ShapeError, naming stage and branch, if the configuration makes no network.
ir::Graph build(const config::Config& config, int im_size);

// The pieces, for those who need one alone (cost, search). Each reads `x` and returns its value.
class Builder {
 public:
  Builder(const config::Config& config, ir::GraphBuilder& graph);
  int stage_count() const { return static_cast<int>(stages_.size()); }
  const config::Stage& stage(int index) const { return stages_.at(index); }  // 0-based

  ir::NodeId stem(ir::NodeId x);
  // One branch. `resize`: with the closing 1x1 convolution that MB_VER 1 may need.
  ir::NodeId branch(ir::NodeId x, int stage, int branch, bool resize = true);
  ir::NodeId merge(std::vector<ir::NodeId> branches, int stage);
  ir::NodeId head(ir::NodeId x);

 private:
  Scope branch_scope(int stage, int branch) const;
  ir::NodeId entry(ir::NodeId x, const Scope& scope, const config::Branch& branch,
                   int original_width);

  const config::Config config_;  // with its sizes in ANYNET
  const bool plain_;             // no branches: weights are named s1.b1, not s1.branches.0.b1
  std::vector<config::Stage> stages_;
  Layers layers_;
};

}  // namespace nnstretch::nets
