// Our graph as an OpenVINO model.
#pragma once
#include <memory>
#include <openvino/core/model.hpp>
#include <vector>

#include "engines/openvino/feed.h"
#include "ir/graph.h"

namespace nnstretch::engines::openvino {

struct Lowered {
  std::shared_ptr<ov::Model> model;
  std::vector<Feed> feeds;  // one a parameter of the model
};

// Results stand in the order of the graph's outputs, with its element types and shapes (NHWC).
// Convolutions and linear layers carry the names of our nodes; int8 values are computed in int8.
// FormatError or ShapeError if weights do not fit the graph.
Lowered lower(const ir::Model& part);

}  // namespace nnstretch::engines::openvino
