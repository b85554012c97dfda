// Which processor takes each role and, where an engine refuses single operators, each of those.
#pragma once
#include "runtime/plan.h"

namespace nnstretch::runtime {

// What make_plan() promises, for a machine that has processors.
Plan plan_in_place(const ir::Model& model, const Machine& machine, const PlanOptions& options);

}  // namespace nnstretch::runtime
