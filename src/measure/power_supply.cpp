#include "measure/power_supply.h"

#include <cmath>

#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

constexpr double kJoulesOfUwh = 3.6e-3;

// Without sign, in watts.
std::optional<double> supply_watts(const fs::path& supply, std::string& why_not) {
  if (const auto power = read_number(supply / "power_now"))
    return std::abs(static_cast<double>(*power)) * 1e-6;
  auto current = read_number(supply / "current_now", &why_not);
  if (!current) current = read_number(supply / "input_current_now");
  const auto voltage = current ? read_number(supply / "voltage_now", &why_not) : std::nullopt;
  if (!voltage) return std::nullopt;
  return std::abs(static_cast<double>(*current) * static_cast<double>(*voltage)) * 1e-12;
}

struct Supplies {
  double usb = 0, battery = 0;  // watts; the battery's is what it gives
  bool usb_known = false, any_battery = false;
  std::string silent;  // a supply that is on and does not tell its power
};

bool gives(const fs::path& battery, std::string& why_not) {
  const std::string status = read_line(battery / "status").value_or("Unknown");
  if (status == "Discharging") return true;
  const std::string told = (battery / "status").string() + ": '" + status + "'";
  why_not = status == "Charging" ? told + ", and what that takes is not told: unplug the machine"
                                 : told + " does not tell who feeds whom";
  return false;
}

// False if it cannot be told what the battery gives.
bool add_battery(const fs::path& supply, Supplies& all, std::string& why_not) {
  const auto watts = supply_watts(supply, why_not);
  if (!watts) return false;
  all.any_battery = true;
  const auto status = read_line(supply / "status");
  if (status == "Full" || status == "Not charging") return true;
  if (!gives(supply, why_not)) return false;
  all.battery += *watts;
  return true;
}

void add_usb(const fs::path& supply, Supplies& all) {
  const auto online = read_number(supply / "online");
  if (online == 0) return;
  std::string ignored;
  if (const auto watts = supply_watts(supply, ignored)) {
    all.usb += *watts;
    all.usb_known = true;
  } else if (online) {
    all.silent = supply.string();
  }
}

// Of a mouse or the like.
bool is_of_the_computer(const fs::path& supply) { return read_line(supply / "scope") != "Device"; }

bool is_battery(const fs::path& supply) {
  return is_of_the_computer(supply) && read_line(supply / "type") == "Battery";
}

class PowerSupply : public EnergySource {
 public:
  explicit PowerSupply(fs::path sysfs)
      : EnergySource("power_supply", Tells::watts, {{"supplies"}}), sysfs_(std::move(sysfs)) {}
  std::optional<std::vector<double>> read(std::string& why_not) override {
    const auto watts = power_now(sysfs_, why_not);
    if (!watts) return std::nullopt;
    return std::vector{*watts};
  }

 private:
  fs::path sysfs_;
};

// What has no energy_now is counted charge by charge, each at the voltage of its moment.
class ChargeCounter : public EnergySource {
 public:
  explicit ChargeCounter(const std::vector<fs::path>& batteries)
      : EnergySource("charge counter", Tells::joules, rails_of(batteries)) {
    for (const fs::path& folder : batteries) batteries_.push_back({.folder = folder});
  }

  std::optional<std::vector<double>> read(std::string& why_not) override {
    std::vector<double> joules;
    for (Battery& battery : batteries_) {
      if (!gives(battery.folder, why_not) || !add_step(battery, why_not)) return std::nullopt;
      joules.push_back(battery.joules);
    }
    return joules;
  }

 private:
  struct Battery {
    fs::path folder;
    std::optional<int64_t> last = {};  // uAh or uWh
    double joules = 0;                 // given since the first reading
  };

  static std::vector<Rail> rails_of(const std::vector<fs::path>& batteries) {
    std::vector<Rail> rails;
    for (const fs::path& battery : batteries)
      rails.push_back({battery.filename(), static_cast<int>(rails.size())});
    return rails;
  }

  static bool add_step(Battery& battery, std::string& why_not) {
    double volts = 1;
    auto left = read_number(battery.folder / "energy_now");
    if (!left) {
      left = read_number(battery.folder / "charge_counter");
      if (!left) left = read_number(battery.folder / "charge_now", &why_not);
      const auto voltage = left ? read_number(battery.folder / "voltage_now", &why_not) : left;
      if (!voltage) return false;
      volts = static_cast<double>(*voltage) * 1e-6;
    }
    const int64_t given = battery.last.value_or(*left) - *left;
    if (given < 0) {
      why_not = battery.folder.string() + ": the charge counter went back";
      return false;
    }
    battery.last = left;
    battery.joules += static_cast<double>(given) * volts * kJoulesOfUwh;
    return true;
  }

  std::vector<Battery> batteries_;
};

}  // namespace

std::optional<double> power_now(const fs::path& sysfs, std::string& why_not) {
  const fs::path folder = sysfs / "class/power_supply";
  Supplies all;
  for (const std::string& name : names_in(folder)) {
    const fs::path supply = folder / name;
    if (!is_of_the_computer(supply)) continue;
    const std::string type = read_line(supply / "type").value_or("");
    if (type == "Battery" && !add_battery(supply, all, why_not)) return std::nullopt;
    if (type.starts_with("USB") || type == "Mains") add_usb(supply, all);
  }
  if (!all.any_battery && !all.usb_known) {
    why_not = folder.string() + " has no battery or USB supply that tells its power";
    return std::nullopt;
  }
  if (all.battery == 0 && !all.usb_known) {
    why_not =
        folder.string() + ": the battery does not feed the computer, and what does is not told";
    return std::nullopt;
  }
  if (!all.silent.empty()) {
    why_not = all.silent + ": it is on, and does not tell its power";
    return std::nullopt;
  }
  return all.usb + all.battery;
}

std::unique_ptr<EnergySource> find_power_supply(const fs::path& sysfs, std::string_view,
                                                std::string& why_not) {
  if (!power_now(sysfs, why_not)) return nullptr;
  return std::make_unique<PowerSupply>(sysfs);
}

std::unique_ptr<EnergySource> find_charge_counter(const fs::path& sysfs, std::string_view,
                                                  std::string& why_not) {
  const fs::path folder = sysfs / "class/power_supply";
  std::vector<fs::path> batteries;
  for (const std::string& name : names_in(folder))
    if (is_battery(folder / name)) batteries.push_back(folder / name);
  if (batteries.empty()) {
    why_not = folder.string() + " has no battery";
    return nullptr;
  }
  auto source = std::make_unique<ChargeCounter>(batteries);
  if (!source->read(why_not)) return nullptr;
  return source;
}

}  // namespace nnstretch::measure
