// Which CPU this is.
#pragma once
#include <span>
#include <string>

#include "base/topology.h"

namespace nnstretch::engines {

// "AMD EPYC 9B14"; on ARM, where the system gives numbers only, the list of its kinds of cores:
// "implementer 0x41 part 0xd05, implementer 0x41 part 0xd0a". Never empty.
std::string cpu_model();

// Which kinds of cores these are: their capacities, the least first: "400 1024". Empty of a machine
// that has one kind, and of no cores.
std::string core_kinds(std::span<const int> cores, const Topology& topology);

}  // namespace nnstretch::engines
