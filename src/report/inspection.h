// What a model file holds, and where each of its operators would run and why: for `inspect`.
#pragma once
#include "plan/plan.h"
#include "report/reporter.h"

namespace nnstretch::report {

// `ops`: also every operator, one line each. Refusals are those of every engine's devices.
Report inspection(const ir::Model& model, const plan::Plan& plan,
                  const engines::EngineList& engines, bool ops);

}  // namespace nnstretch::report
