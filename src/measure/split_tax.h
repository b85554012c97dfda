// What cutting a network costs before anything runs in parallel.
#pragma once
#include <optional>
#include <string>

#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

struct SplitTax {
  std::optional<double> ratio;  // parts_us / whole_us
  std::string reason;           // if there is none
  std::string engine, processor;
  double whole_us = 0, parts_us = 0;
};

// All parts in sequence on one core / the whole network there by the same engine: minima of
// interleaved runs. The core and the engine are those of the plan's first part. There is none for
// a network of one part, for processors of different devices or precisions, for a processor
// without cores, and where the engine refuses the whole.
SplitTax split_tax(const ir::Model& model, const runtime::CompiledPlan& plan,
                   const runtime::EngineFinder& find, int runs = 20);
SplitTax split_tax(const ir::Model& model, const runtime::CompiledPlan& plan, int runs = 20);

}  // namespace nnstretch::measure
