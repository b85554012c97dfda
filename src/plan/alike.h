// Processors that can take turns: CPU cores of one kind, for the same engine, threads and
// precision.
#pragma once
#include <span>
#include <vector>

#include "base/topology.h"
#include "engines/processor.h"

namespace nnstretch::plan {

// For each processor those that are like it, ascending, itself among them. A processor that is no
// CPU, or not bound to cores, is like no other.
std::vector<std::vector<size_t>> alike(std::span<const engines::Processor> processors,
                                       const Topology& topology);

}  // namespace nnstretch::plan
