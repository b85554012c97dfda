// Our graph as an OpenVINO model.
#pragma once
#include <memory>
#include <openvino/core/model.hpp>

#include "ir/graph.h"

namespace nnstretch::engines::openvino {

// Parameters and Results stand in the order of the graph's inputs and outputs, with its element
// types and shapes (NHWC). Convolutions and linear layers carry the names of our nodes; int8 values
// are computed in int8. FormatError or ShapeError if weights do not fit the graph.
std::shared_ptr<ov::Model> lower(const ir::Model& part);

}  // namespace nnstretch::engines::openvino
