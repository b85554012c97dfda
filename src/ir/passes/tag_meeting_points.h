// After: node names carry the tags of the original's files: "mp_start" where branches begin (a
// value that several branches read), "mp_end" where they meet (the concatenation).
//     st_cpu_pool -> st_cpu_mp_start_pool, s1_cpu_concat -> s1_cpu_mp_start_mp_end_concat
// Nothing in this program reads them: order comes from data flow. They are for other tools.
#pragma once
#include "ir/graph.h"

namespace nnstretch::ir {

[[nodiscard]] Graph tag_meeting_points(const Graph& graph);

}  // namespace nnstretch::ir
