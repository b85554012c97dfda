#include "measure/power_supply.h"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

constexpr auto kPeriod = std::chrono::milliseconds(20);

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
  bool usb_known = false, charging = false, any_battery = false;
};

// False if a battery cannot be read.
bool add_battery(const fs::path& supply, Supplies& all, std::string& why_not) {
  const auto watts = supply_watts(supply, why_not);
  if (!watts) return false;
  all.any_battery = true;
  const std::string status = read_line(supply / "status").value_or("Unknown");
  if (status == "Charging") {
    all.charging = true;
    all.battery -= *watts;
  } else if (status == "Discharging") {
    all.battery += *watts;
  } else if (status != "Full" && status != "Not charging") {
    why_not = (supply / "status").string() + ": '" + status + "' does not tell who feeds whom";
    return false;
  }
  return true;
}

void add_usb(const fs::path& supply, Supplies& all) {
  if (read_number(supply / "online") == 0) return;
  std::string ignored;
  if (const auto watts = supply_watts(supply, ignored)) {
    all.usb += *watts;
    all.usb_known = true;
  }
}

class PowerMeter : public EnergyMeter {
 public:
  explicit PowerMeter(fs::path sysfs) : sysfs_(std::move(sysfs)) {}
  ~PowerMeter() override { end(); }

  void start() override {
    end();
    samples_.clear();
    failure_.clear();
    stop_ = false;
    sample();
    thread_ = std::thread([this] { loop(); });
  }

  Energy stop() override {
    end();
    sample();
    if (!failure_.empty()) return {.joules = {}, .source = kSource, .reason = failure_};
    return {.joules = integrate(samples_), .source = kSource, .reason = {}};
  }

 private:
  static constexpr const char* kSource = "power_supply";

  void loop() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kPeriod, [this] { return stop_; })) sample();
  }

  // Called by one thread at a time: the caller while the sampling thread is not there.
  void sample() {
    std::string why;
    const auto watts = power_now(sysfs_, why);
    if (watts)
      samples_.push_back({now_us(), *watts});
    else if (failure_.empty())
      failure_ = why;
  }

  void end() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  fs::path sysfs_;
  std::vector<PowerSample> samples_;
  std::string failure_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace

double integrate(std::span<const PowerSample> samples) {
  double joules = 0;
  for (size_t i = 1; i < samples.size(); ++i)
    joules += (samples[i].at_us - samples[i - 1].at_us) * 1e-6 *
              (samples[i].watts + samples[i - 1].watts) / 2;
  return joules;
}

std::optional<double> power_now(const fs::path& sysfs, std::string& why_not) {
  const fs::path folder = sysfs / "class/power_supply";
  Supplies all;
  for (const std::string& name : names_in(folder)) {
    if (read_line(folder / name / "scope") == "Device") continue;  // of a mouse or the like
    const std::string type = read_line(folder / name / "type").value_or("");
    if (type == "Battery" && !add_battery(folder / name, all, why_not)) return std::nullopt;
    if (type.starts_with("USB") || type == "Mains") add_usb(folder / name, all);
  }
  if (!all.any_battery && !all.usb_known) {
    why_not = folder.string() + " has no battery or USB supply that tells its power";
    return std::nullopt;
  }
  const bool from_battery = all.battery > 0;
  if (!from_battery && !all.usb_known) {
    why_not =
        folder.string() + ": the battery does not feed the computer, and what does is not told";
    return std::nullopt;
  }
  return all.usb + all.battery;
}

std::unique_ptr<EnergyMeter> find_power_supply(const fs::path& sysfs, std::string& why_not) {
  if (!power_now(sysfs, why_not)) return nullptr;
  return std::make_unique<PowerMeter>(sysfs);
}

}  // namespace nnstretch::measure
