// Joules of an inference, where a machine tells them. Where it does not, the reason, never a guess.
//     const FoundSource found = choose_energy_source("auto");
//     EnergyResult energy = found.source ? measure_energy(*found.source, run, {}) : ...;
//     if (energy.uj_per_inference > 0) ... energy.source ... else ... energy.reason
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "measure/energy_source.h"
#include "measure/power_watch.h"

namespace nnstretch::measure {

struct EnergyOptions {
  std::string source = "auto";  // choose_energy_source()
  double seconds = 10;          // at most, idle and at work each
};

// A value and the 99.7 % interval around it.
struct Bounded {
  double value = 0, low = 0, high = 0;
};

// What an inference took, and what that rests on.
struct EnergyMeasured {
  Bounded gross_uj;                    // all that the source saw
  std::optional<Bounded> net_uj = {};  // beyond what the idle machine takes; above 0
  std::optional<Bounded> idle_w = {};
  Bounded work_w;
  std::string no_net = {};                 // why there is no net energy
  std::map<std::string, double> rails_uj;  // gross, by rail
  int updates = 0;                         // new values of the source at work
  int64_t inferences = 0;
  double seconds = 0;  // at work
};

struct EnergyResult {
  double uj_per_inference = 0;  // gross; 0: not known
  std::string source, reason;   // what told it, or why nothing did
  // None without a number, of a tool of others, and in results of older versions.
  std::optional<EnergyMeasured> measured = {};
};

// Watches the machine idle, then while `run` goes on again and again: each until the source has had
// PowerWatch::kEnough new values, `seconds` at most, and at least one run. The energy of a run is
// the mean power times the time of a run. `period`: from one reading to the next.
EnergyResult measure_energy(EnergySource& source, const std::function<void()>& run, double seconds,
                            std::chrono::microseconds period = PowerWatch::kPeriod);

}  // namespace nnstretch::measure
