// A tree like /sys in which a thread plays a source of energy while something is measured.
//     PlayedSys sys;
//     sys.write("class/power_supply/BAT0/type", "Battery");
//     const Playing playing([&](double seconds) { sys.write(...); }, 5ms);
#pragma once
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "support/paths.h"

namespace nnstretch::testing {

class PlayedSys : public TemporaryFolder {
 public:
  // Whole at once, as a file of the kernel is: a reader sees the old text or the new one.
  void write(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = *this / file;
    std::filesystem::create_directories(path.parent_path());
    const std::string beside = path.string() + "~";
    std::ofstream(beside) << text << "\n";
    std::filesystem::rename(beside, path);
  }
  void write(const std::string& file, int64_t number) const { write(file, std::to_string(number)); }
  void package(int index, const std::string& name, int64_t energy, int64_t range) const {
    const std::string zone = "class/powercap/intel-rapl:" + std::to_string(index);
    write(zone + "/name", name);
    write(zone + "/energy_uj", energy);
    write(zone + "/max_energy_range_uj", range);
  }
  void supply(const std::string& name, const std::map<std::string, std::string>& files) const {
    for (const auto& [file, text] : files) write("class/power_supply/" + name + "/" + file, text);
  }
  // A battery that gives so many watts at 4 V.
  void battery(double watts) const {
    supply("BAT0", {{"type", "Battery"},
                    {"status", "Discharging"},
                    {"voltage_now", "4000000"},
                    {"current_now", std::to_string(static_cast<int64_t>(watts * 250e3 + 0.5))}});
  }
};

// Calls `play` at once and then every period, with the seconds since the beginning, on a thread.
class Playing {
 public:
  Playing(std::function<void(double seconds)> play, std::chrono::microseconds period)
      : thread_([this, play = std::move(play), period] {
          const double begin = now_us();
          for (int i = 0; !over_; ++i) {
            play((now_us() - begin) * 1e-6);
            const double due = begin + static_cast<double>((i + 1) * period.count());
            while (!over_ && now_us() < due)
              std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
        }) {}
  ~Playing() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace nnstretch::testing
