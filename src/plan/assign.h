// Which processor takes each role and, where an engine refuses single operators, each of those.
#pragma once
#include "plan/plan.h"

namespace nnstretch::plan {

// What make_plan() promises, for a machine that has processors.
Plan assign_roles(const ir::Model& model, const Machine& machine, const Surroundings& here,
                  const PlanOptions& options);

}  // namespace nnstretch::plan
