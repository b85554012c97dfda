// What stands behind the classes of include/nnstretch.
#pragma once
#include <functional>

#include "ir/graph.h"
#include "nnstretch/network.h"
#include "nnstretch/timeline.h"
#include "runtime/compiled_plan.h"
#include "runtime/timeline.h"

namespace nnstretch {

class Model::Impl {
 public:
  ir::Model model;
};

class Network::Impl {
 public:
  std::shared_ptr<const runtime::CompiledPlan> plan;
};

namespace api {

TensorInfo describe(const std::string& name, const ir::TensorType& type);
// `processor(part)`: whose worker ran it.
Timeline describe(const runtime::Plan& plan, const runtime::Timeline& line,
                  const std::function<size_t(size_t part)>& processor);

}  // namespace api
}  // namespace nnstretch
