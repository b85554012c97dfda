// From a cut graph to the parts and buffers of a plan.
#pragma once
#include "runtime/plan.h"

namespace nnstretch::runtime {

// A plan on `processors`, of which it keeps those that have parts. Fallbacks and notes are empty.
Plan lay_out(const ir::Model& model, const Partition& cut,
             const std::vector<engines::Processor>& processors);

}  // namespace nnstretch::runtime
