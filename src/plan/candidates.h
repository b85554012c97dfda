// The plans that the fastest is chosen from: a network's parts as they are configured, and the
// whole of it as one part, on each processor and on all like cores together.
//     for (const Candidate& one : candidates(model, placing, here)) time(one.plan);
#pragma once
#include <string>
#include <vector>

#include "plan/placing.h"

namespace nnstretch::plan {

enum class Kind { parts, whole };
std::string_view name_of(Kind kind);

struct Candidate {
  std::string name;  // unique: "parts", "parts, not spread", "whole on 2 cores by litert"
  Kind kind = Kind::parts;
  Plan plan;
};

// The parts first, which are a whole where they are one part. A whole is given to every engine that
// its processor names; where it says `auto`, to each that `auto` chooses from. Nobody is asked to
// compute wrongly: an engine with a caution is left out. Cores of one kind are one processor more,
// with as many threads; without a machine file these are all that may be used. Errors are those of
// plan_for().
std::vector<Candidate> candidates(const ir::Model& model, const Placing& placing,
                                  const Surroundings& here);

}  // namespace nnstretch::plan
