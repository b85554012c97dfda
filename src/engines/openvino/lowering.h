// Our graph as an OpenVINO model.
#pragma once
#include <memory>
#include <openvino/core/model.hpp>
#include <set>
#include <string>
#include <vector>

#include "engines/openvino/wiring.h"
#include "ir/graph.h"

namespace nnstretch::engines::openvino {

struct Lowered {
  std::shared_ptr<ov::Model> model;  // null if the part computes nothing
  Wiring wiring;
};

// Values are NHWC where they enter and leave the model. Convolutions and linear layers carry the
// names of our nodes; int8 values are computed in int8, but for the layers named in `in_float`.
// FormatError or ShapeError if weights do not fit the graph.
Lowered lower(const ir::Model& part, const std::set<std::string>& in_float = {});

}  // namespace nnstretch::engines::openvino
