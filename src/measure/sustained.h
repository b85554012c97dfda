// A network that runs on and on: whether the machine keeps its speed.
//     const Sustained found = sustain([&] { session.run(); return latency_us; }, 60, clock);
//     if (found.ratio()) ... how many times as long an inference takes at the end ...
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nnstretch::measure {

struct SustainedSecond {
  int runs = 0;  // that ended in it
  std::optional<double> p50_us = {};
  std::optional<int> mhz = {};  // at its end, the lowest of the cores
};

struct Sustained {
  std::vector<SustainedSecond> seconds;

  // The median of the seconds' p50 in the first tenth and in the last, at least one second each;
  // of those in which a run ended.
  std::optional<double> first_us() const;
  std::optional<double> last_us() const;
  // last_us() / first_us(); nothing where there are not two such seconds.
  std::optional<double> ratio() const;
  // That it became slower, by more than 5 %; nothing if it did not.
  std::optional<std::string> note() const;
};

// Runs for so many seconds, and to the end of the run that is on then; `run` gives its latency,
// microseconds; `mhz` is asked at the end of each second. `now_us`: a test has a time of its own.
Sustained sustain(const std::function<double()>& run, int seconds,
                  const std::function<std::optional<int>()>& mhz,
                  const std::function<double()>& now_us = {});

}  // namespace nnstretch::measure
