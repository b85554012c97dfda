// The block types of pycls. A stage's branch is a chain of blocks of one type; a new type is one
// function and one line in blocks.cpp.
#pragma once
#include <optional>

#include "nets/layers.h"

namespace nnstretch::nets {

struct BlockParams {
  int width = 0;  // output channels
  int stride = 1;
  double bot_mul = 1;  // bottleneck: inner/output width; mbconv: expansion of the input width
  std::optional<int> group_w;  // bottleneck: channels a group of the 3x3 convolution; none: dense
  int kernel = 3;              // of the depthwise convolution of an mbconv
  double se_r = 0;             // squeeze-and-excitation width / block input width; 0: none
  ir::Act act = ir::Act::relu;
  ir::Act se_act = ir::Act::relu;
  bool stride_1x1 = false;  // bottleneck: the stride is on the first convolution, not the 3x3
};

// Adds the layers of one block behind x. ConfigError if there is no block of that name, ShapeError
// if the widths do not fit.
ir::NodeId add_block(std::string_view type, Layers& layers, const Scope& scope, ir::NodeId x,
                     const BlockParams& params);

}  // namespace nnstretch::nets
