// Work that has no branches, dealt to cores that would wait: stem, head and stages of one branch.
//
// The network stays the same: a run of nodes is computed in shares (ir/shares.h), one a core, of
// rows or of channels, and a concatenation puts the shares together: a meeting point like any
// other. Where to cut the run is chosen by effort: rows cost their borders again, every cut costs a
// meeting point, and what cannot be shared stays on the core that has the role.
#pragma once
#include <optional>

#include "base/topology.h"
#include "engines/processor.h"
#include "plan/cost_model.h"
#include "plan/partition.h"

namespace nnstretch::plan {

struct Spread {
  ir::Model model;        // without nodes that no output needs
  Assignment assignment;  // shares are assigned by name
};

// `assignment`: processors by role, without moved nodes. Only processors that have a role, and are
// alike (plan/alike.h), take shares. nullopt if nothing is worth it.
std::optional<Spread> spread(const ir::Model& model, const Assignment& assignment,
                             const std::vector<engines::Processor>& processors,
                             const Topology& topology, const CostModel& cost = {});

}  // namespace nnstretch::plan
