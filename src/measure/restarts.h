// One network timed anew in several processes, as one result.
//     Timed all = joined(std::move(each));
//     use(all.result.restarts[2]);            // the runs of the third process
#pragma once
#include <vector>

#include "measure/bench.h"

namespace nnstretch::measure {

// The whole result of the process that had the fastest run, the earliest of equals, with its
// answers: its latency, parts and bound are of one process, and belong together. Beside it the runs
// of all of them, in their order, the doubts of any, and a note if they did not all run the same
// plan. At least one.
// EngineError if they timed different networks.
Timed joined(std::vector<Timed> each);

}  // namespace nnstretch::measure
