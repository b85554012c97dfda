// What cutting a network costs before anything runs in parallel.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "runtime/session.h"

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
SplitTax split_tax(const ir::Model& model, const std::shared_ptr<const runtime::CompiledPlan>& plan,
                   int runs = 20);

// The same, some runs at a time.
//     SplitTaxTimer timer(model, plan);  // compiles
//     timer.time(4); ...; timer.time(4);
//     SplitTax tax = timer.result();
class SplitTaxTimer {
 public:
  SplitTaxTimer(const ir::Model& model, const std::shared_ptr<const runtime::CompiledPlan>& plan);
  void time(int runs);
  const SplitTax& result() const { return tax_; }

 private:
  SplitTax tax_;
  std::unique_ptr<runtime::Session> whole_, parts_;  // null where there is no tax
};

}  // namespace nnstretch::measure
