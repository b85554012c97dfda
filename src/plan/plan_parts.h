// From a cut graph to the parts and buffers of a plan.
#pragma once
#include "plan/plan.h"

namespace nnstretch::plan {

// A plan on `processors`, of which it keeps those that have parts. Fallbacks and notes are empty.
Plan lay_out(const ir::Model& model, const Partition& cut,
             const std::vector<engines::Processor>& processors);

}  // namespace nnstretch::plan
