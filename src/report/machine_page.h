// What a machine has, for `devices`: not a measurement, but told in the same forms.
#pragma once
#include <string>
#include <vector>

#include "plan/machine.h"
#include "report/reporter.h"

namespace nnstretch::report {

// A source of energy (measure/energy_source.h), and why it is not there. One of the two is empty.
struct EnergyTold {
  std::string name, title, why_not;
};

struct MachineInfo {
  plan::Surroundings here;
  plan::Machine machine;           // that a network for these roles would run on
  std::vector<std::string> roles;  // in the order of first use
  std::vector<EnergyTold> energy;  // all kinds of sources, the preferred first
};

Report report_of(const MachineInfo& info);

}  // namespace nnstretch::report
