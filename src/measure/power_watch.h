// Reads a source of energy again and again, on a thread of its own, while the machine does one
// thing.
//     PowerWatch watch(source);
//     while (!watch.enough() && ...) session.run();
//     const PowerFound found = watch.stop();
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "measure/mean_power.h"

namespace nnstretch::measure {

struct PowerFound {
  MeanPower power;
  double seconds = 0;  // from the first reading to the last
  std::string reason;  // why there is no power; empty: there is
};

class PowerWatch {
 public:
  static constexpr int kEnough = 100, kFewest = 10;  // new values, of each clock of the source
  // 50 times a second: gauges of phones are not faster, and it takes 0.1 % of a core.
  static constexpr auto kPeriod = std::chrono::milliseconds(20);

  // The source is this object's until stop() or its end.
  explicit PowerWatch(EnergySource& source, std::chrono::microseconds period = kPeriod);
  ~PowerWatch() { end(); }
  PowerWatch(const PowerWatch&) = delete;
  PowerWatch& operator=(const PowerWatch&) = delete;

  // More would not tell more: kEnough new values came, or one that cannot be read.
  bool enough() const { return enough_; }
  // Without a power: what could not be read, or that fewer than kFewest new values came.
  PowerFound stop();

 private:
  void read();
  void count(const std::vector<double>& values);
  int changes() const;  // of the clock that had fewest
  void end();

  EnergySource& source_;
  std::chrono::microseconds period_;
  std::vector<Reading> readings_;
  std::map<int, int> changes_;  // by clock
  std::string failure_;
  std::atomic<bool> enough_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace nnstretch::measure
