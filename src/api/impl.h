// What stands behind the classes of include/nnstretch.
#pragma once
#include <functional>

#include "api/call.h"
#include "formats/beside.h"
#include "ir/graph.h"
#include "measure/choose.h"
#include "nnstretch/network.h"
#include "nnstretch/timeline.h"
#include "plan/placing.h"
#include "runtime/compiled_plan.h"
#include "runtime/timeline.h"

namespace nnstretch {

class Model::Impl {
 public:
  ir::Model model;
  formats::Beside beside = {};
};

class Network::Impl {
 public:
  explicit Impl(std::shared_ptr<const runtime::CompiledPlan> made) : plan(std::move(made)) {}
  // In a forked process what engines would tidy up is not there: it is left to the system.
  ~Impl() {
    if (!birthplace_.is_here()) new std::shared_ptr(plan);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // To run it. UsageError in a forked process.
  const std::shared_ptr<const runtime::CompiledPlan>& here() const {
    birthplace_.check("network");
    return plan;
  }

  const std::shared_ptr<const runtime::CompiledPlan> plan;

 private:
  api::Birthplace birthplace_;
};

namespace api {

struct Access {
  static const ir::Model& of(const Model& model) { return model.impl().model; }
};
plan::Placing placing_of(const CompileOptions& options);
measure::Pick pick_of(PlanKind kind);
TensorInfo describe(const std::string& name, const ir::TensorType& type);
// `processor(part)`: whose worker ran it.
Timeline describe(const plan::Plan& plan, const runtime::Timeline& line,
                  const std::function<size_t(size_t part)>& processor);

}  // namespace api
}  // namespace nnstretch
