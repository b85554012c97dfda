// Which kinds of cores a processor has.
#pragma once
#include <span>
#include <string>

#include "base/topology.h"

namespace nnstretch::engines {

// Their capacities, the least first: "400 1024". Empty of a machine that has one kind, and of no
// cores.
std::string core_kinds(std::span<const int> cores, const Topology& topology);

}  // namespace nnstretch::engines
