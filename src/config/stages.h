// The network of a configuration as typed stages: what the builder, the partitioner and the tables
// walk over instead of the nested lists of ANYNET or the numbers of RESNET, REGNET and EN.
//     for (const Stage& stage : stages(config))
//       for (const Branch& branch : stage.branches) ...
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace nnstretch::config {

// Runs on one processor. Branch j of a stage belongs to ANYNET.DEVICES[j].
struct Branch {
  std::string role;            // cpu, gpu, dsp or npu
  int depth = 1;               // blocks, at least 1
  int width = 1;               // channels it gives, at least 1
  int stride = 1;              // of its first block: 1 or 2
  double bot_mul = 1.0;        // width of the inner convolution / width (mbconv: expansion)
  std::optional<int> group_w;  // channels of a group; none: one group
  std::string activation;      // relu, relu6, silu or gelu ("swish" is silu)
  bool operator==(const Branch&) const = default;
};

struct Stage {
  std::vector<Branch> branches;  // in the order of DEVICES, which is the order of the channels
  // Channels the configuration declares for this stage: the sum of the branch widths where it
  // declares none. Some published configurations declare another number than they concatenate.
  int original_width = 0;
  int kernel = 3;  // of the depthwise convolution of mbconv; odd
  bool operator==(const Stage&) const = default;
};

// Every stage, checked. As many branches as the shortest of the stage's entries in DEPTHS, WIDTHS,
// STRIDES, BOT_MULS, GROUP_WS and of DEVICES and ACTIVATION_FUN (where given); the surplus of the
// others is ignored. An entry that is no list counts for every branch. BOT_MULS, GROUP_WS, KERNELS
// and ACTIVATION_FUN may be absent.
// Networks without branches (plain.h) have one branch a stage.
// ConfigError names the key's file:line: a MODEL.TYPE that is not known, lists of different
// numbers of stages, no stages, a width or depth below 1, an unknown role, activation, block or
// stem.
std::vector<Stage> stages(const Config& config);

}  // namespace nnstretch::config
