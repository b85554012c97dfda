#include "measure/hwmon.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

// What makers of boards call the input of the whole.
constexpr std::array<std::string_view, 3> kInputs = {"VDD_IN", "SYS_5V0", "POM_5V_IN"};

struct Channel {
  fs::path folder;  // of the chip
  std::string number;
  std::string label, place;  // "VDD_IN", which may be empty; "ina3221/1"

  bool is_called(std::string_view name) const { return label == name || place == name; }
  const std::string& name() const { return label.empty() ? place : label; }
  fs::path file(std::string_view kind, std::string_view what = "input") const {
    return folder / fmt::format("{}{}_{}", kind, number, what);
  }
  bool has(std::string_view kind) const {
    std::error_code error;
    return fs::exists(file(kind), error);
  }
};

// "1" of "power1_input".
std::optional<std::string> number_in(std::string_view file) {
  for (const std::string_view kind : {"power", "curr"}) {
    if (!file.starts_with(kind) || !file.ends_with("_input")) continue;
    file.remove_prefix(kind.size());
    return std::string(file.substr(0, file.find('_')));
  }
  return {};
}

std::vector<Channel> channels_of(const fs::path& chip) {
  std::set<std::string> numbers;
  for (const std::string& file : names_in(chip))
    if (const auto number = number_in(file)) numbers.insert(*number);
  std::vector<Channel> channels;
  for (const std::string& number : numbers) {
    Channel one{.folder = chip,
                .number = number,
                .label = {},
                .place = read_line(chip / "name").value_or("") + "/" + number};
    if (!one.has("power") && !one.has("in")) continue;
    for (const char* kind : {"power", "in", "curr"})
      if (one.label.empty()) one.label = read_line(one.file(kind, "label")).value_or("");
    channels.push_back(std::move(one));
  }
  return channels;
}

// Which way a current flows is a matter of how the chip was soldered.
std::optional<double> watts_of(const Channel& channel, std::string& why_not) {
  if (channel.has("power")) {
    const auto power = read_number(channel.file("power"), &why_not);
    if (!power) return {};
    return std::abs(static_cast<double>(*power)) * 1e-6;
  }
  const auto volts = read_number(channel.file("in"), &why_not);
  const auto amperes = volts ? read_number(channel.file("curr"), &why_not) : std::nullopt;
  if (!amperes) return {};
  return std::abs(static_cast<double>(*volts) * static_cast<double>(*amperes)) * 1e-6;
}

class Hwmon : public EnergySource {
 public:
  explicit Hwmon(Channel channel)
      : EnergySource("hwmon " + channel.name(), Tells::watts, {{channel.name()}}),
        channel_(std::move(channel)) {}
  std::optional<std::vector<double>> read(std::string& why_not) override {
    const auto watts = watts_of(channel_, why_not);
    if (!watts) return {};
    return std::vector{*watts};
  }

 private:
  Channel channel_;
};

}  // namespace

std::unique_ptr<EnergySource> find_hwmon(const fs::path& sysfs, std::string_view rail,
                                         std::string& why_not) {
  const fs::path folder = sysfs / "class/hwmon";
  std::vector<Channel> channels;
  for (const std::string& chip : names_in(folder))
    for (Channel& channel : channels_of(folder / chip)) channels.push_back(std::move(channel));
  const std::vector<std::string_view> wanted =
      rail.empty() ? std::vector<std::string_view>(kInputs.begin(), kInputs.end())
                   : std::vector{rail};
  for (const std::string_view name : wanted)
    for (Channel& channel : channels) {
      if (!channel.is_called(name)) continue;
      auto source = std::make_unique<Hwmon>(std::move(channel));
      if (!source->read(why_not)) return nullptr;
      return source;
    }
  std::string others;
  for (const Channel& channel : channels) others += (others.empty() ? "" : ", ") + channel.name();
  why_not = folder.string() + " has no " +
            (rail.empty() ? "rail that is known as the machine's input" : std::string(rail));
  if (!others.empty()) why_not += fmt::format(", but {}", others);
  return nullptr;
}

}  // namespace nnstretch::measure
