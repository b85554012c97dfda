// What cutting a network costs before anything runs in parallel.
#pragma once
#include <optional>
#include <string>

#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

struct SplitTax {
  std::optional<double> ratio;    // parts_us / whole_us
  std::string reason;             // if there is none
  std::string engine, processor;  // of the whole
  double whole_us = 0, parts_us = 0;
};

// All parts in sequence on one core / the whole network there: minima of interleaved runs. The core
// and its choice of engines are those of the plan's first part: where the processor says `auto`,
// each part runs on the engine that the plan has for it, and the whole on the one that is fastest
// for the whole. There is none for
// a network of one part, for processors of different devices or precisions, for a processor
// without cores, and where the engine refuses the whole.
SplitTax split_tax(const ir::Model& model, const runtime::CompiledPlan& plan, int runs = 20);

}  // namespace nnstretch::measure
