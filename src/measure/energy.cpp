#include "measure/energy.h"

#include <vector>

#include "measure/counters.h"
#include "measure/power_supply.h"

namespace nnstretch::measure {
namespace {

class NoMeter : public EnergyMeter {
 public:
  explicit NoMeter(std::string reason) : reason_(std::move(reason)) {}
  void start() override {}
  Energy stop() override { return {.joules = {}, .source = {}, .reason = reason_}; }

 private:
  std::string reason_;
};

}  // namespace

std::unique_ptr<EnergyMeter> find_energy_meter(const std::filesystem::path& sysfs) {
  std::string reasons;
  for (const auto find : {find_rapl, find_amd_energy, find_power_supply}) {
    std::string why_not;
    if (auto meter = find(sysfs, why_not)) return meter;
    reasons += (reasons.empty() ? "" : "; ") + why_not;
  }
  return std::make_unique<NoMeter>(reasons);
}

}  // namespace nnstretch::measure
