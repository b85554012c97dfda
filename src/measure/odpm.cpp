#include "measure/odpm.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

// The rest of the text behind a number from 0 up; nothing if it does not begin with one.
std::optional<std::string_view> after_number(std::string_view text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return {};
  return text.substr(static_cast<size_t>(end - text.data()));
}

// "CH0(T=4021364)[S10M_VDD_TPU], 2813772"
std::optional<OdpmRail> rail_in(std::string_view line) {
  const auto passes = [&](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  int64_t number = 0;
  const auto passes_number = [&] {
    const auto rest = after_number(line, number);
    if (rest) line = *rest;
    return rest.has_value();
  };
  if (!passes("CH") || !passes_number() || !passes("(T=") || !passes_number() || !passes(")["))
    return {};
  const size_t end = line.find(']');
  if (end == line.npos || end == 0) return {};
  OdpmRail rail{.name = std::string(line.substr(0, end))};
  line.remove_prefix(end);
  if (!passes("], ") || !passes_number() || !line.empty()) return {};
  rail.microjoules = number;
  return rail;
}

// What is told of one device, and which of its rails are taken.
struct Device {
  fs::path file;
  std::vector<std::string> rails;
};

std::optional<std::vector<OdpmRail>> rails_of(const fs::path& file, std::string& why_not) {
  const auto text = read_small(file, &why_not);
  if (!text) return {};
  auto rails = odpm_rails_in(*text);
  if (!rails) why_not = file.string() + ": it has a line that is no rail";
  return rails;
}

class Odpm : public EnergySource {
 public:
  Odpm(std::vector<Device> devices, std::vector<Rail> rails)
      : EnergySource("ODPM", Tells::joules, std::move(rails)), devices_(std::move(devices)) {}

  std::optional<std::vector<double>> read(std::string& why_not) override {
    std::vector<double> joules;
    for (const Device& device : devices_) {
      const auto rails = rails_of(device.file, why_not);
      if (!rails) return {};
      for (const std::string& name : device.rails) {
        const auto found = std::ranges::find(*rails, name, &OdpmRail::name);
        if (found == rails->end()) {
          why_not = fmt::format("{}: rail {} is not told any more", device.file.string(), name);
          return {};
        }
        joules.push_back(static_cast<double>(found->microjoules) * 1e-6);
      }
    }
    for (size_t i = 0; i < last_.size(); ++i)
      if (joules[i] < last_[i]) {
        why_not = fmt::format("ODPM: the counter of {} went back", this->rails()[i].name);
        return {};
      }
    return last_ = joules;
  }

 private:
  std::vector<Device> devices_;
  std::vector<double> last_;
};

}  // namespace

std::optional<std::vector<OdpmRail>> odpm_rails_in(std::string_view text) {
  std::vector<OdpmRail> rails;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with("CH")) continue;
    auto rail = rail_in(line);
    if (!rail) return {};
    rails.push_back(*std::move(rail));
  }
  return rails;
}

std::unique_ptr<EnergySource> find_odpm(const fs::path& sysfs, std::string_view rail,
                                        std::string& why_not) {
  const fs::path folder = sysfs / "bus/iio/devices";
  std::vector<Device> devices;
  std::vector<Rail> taken;
  std::string others;
  for (const std::string& name : names_in(folder)) {
    const fs::path file = folder / name / "energy_value";
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    const auto rails = rails_of(file, why_not);
    if (!rails) return nullptr;
    Device device{.file = file, .rails = {}};
    for (const OdpmRail& one : *rails) {
      if (!rail.empty() && one.name != rail) {
        others += (others.empty() ? "" : ", ") + one.name;
        continue;
      }
      device.rails.push_back(one.name);
      taken.push_back({one.name, static_cast<int>(devices.size())});
    }
    if (!device.rails.empty()) devices.push_back(std::move(device));
  }
  if (!taken.empty()) return std::make_unique<Odpm>(std::move(devices), std::move(taken));
  why_not = others.empty() ? folder.string() + " has no energy_value"
                           : fmt::format("there is no rail {}, but {}", rail, others);
  return nullptr;
}

}  // namespace nnstretch::measure
