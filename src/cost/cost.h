// What a configured network costs, before anything runs.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"
#include "ir/graph.h"

namespace nnstretch::cost {

// The share of one branch, of the stem or of the head.
struct Row {
  std::string part;  // "stem", "s1", ..., "head"
  int branch = 0;
  std::string role;
  int height = 0;  // of the output, pixels; 1 for the head
  int w_in = 0, w_out = 0;
  ir::Cost cost;
};

struct Report {
  // As pycls counts: a stage is fed ORIGINAL_WIDTHS channels, true or not, and the 1x1 convolutions
  // that MB_VER 1 puts behind a branch are left out.
  std::vector<Row> rows;
  ir::Cost pycls;
  // Of the network that is built.
  ir::Cost real;
};

// For an input of im_size x im_size pixels. ConfigError or ShapeError as nets::build.
Report count(const config::Config& config, int im_size);

}  // namespace nnstretch::cost
