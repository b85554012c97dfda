// What a machine has, for `devices`: not a measurement, but told in the same forms.
#pragma once
#include <string>
#include <vector>

#include "plan/machine.h"
#include "report/reporter.h"

namespace nnstretch::report {

struct MachineInfo {
  plan::Surroundings here;
  plan::Machine machine;           // that a network for these roles would run on
  std::vector<std::string> roles;  // in the order of first use
  std::string energy;              // what it is read from, or why nothing is
};

Report report_of(const MachineInfo& info);

}  // namespace nnstretch::report
