#include "measure/sustained.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/clock.h"
#include "measure/statistics.h"

namespace nnstretch::measure {
namespace {

// Medians of calm seconds differ by less.
constexpr double kSlowed = 1.05;

// Of so many seconds from the beginning of the list, those without a run left out.
std::vector<double> medians_in(std::vector<SustainedSecond> seconds) {
  std::erase_if(seconds, [](const SustainedSecond& one) { return !one.p50_us; });
  std::vector<double> medians;
  for (const SustainedSecond& one : seconds) medians.push_back(*one.p50_us);
  return medians;
}

size_t tenth(size_t count) { return std::max<size_t>(1, count / 10); }

}  // namespace

std::optional<double> Sustained::first_us() const {
  const auto all = medians_in(seconds);
  if (all.empty()) return {};
  return median(std::span(all).first(tenth(all.size())));
}

std::optional<double> Sustained::last_us() const {
  const auto all = medians_in(seconds);
  if (all.empty()) return {};
  return median(std::span(all).last(tenth(all.size())));
}

std::optional<double> Sustained::ratio() const {
  if (medians_in(seconds).size() < 2) return {};
  return *last_us() / *first_us();
}

std::optional<std::string> Sustained::note() const {
  const auto slower = ratio();
  if (!slower || *slower <= kSlowed) return {};
  return fmt::format("it did not keep its speed: after {} s an inference took {:.2f} x as long",
                     seconds.size(), *slower);
}

Sustained sustain(const std::function<double()>& run, int seconds,
                  const std::function<std::optional<int>()>& mhz,
                  const std::function<double()>& now_us) {
  const auto now = [&] { return now_us ? now_us() : nnstretch::now_us(); };
  Sustained found;
  std::vector<double> latencies;  // in this second
  const auto end_second = [&] {
    SustainedSecond& second = found.seconds.emplace_back();
    second.runs = static_cast<int>(latencies.size());
    if (!latencies.empty()) second.p50_us = median(latencies);
    second.mhz = mhz();
    latencies.clear();
  };
  const double begin = now();
  const auto most = static_cast<size_t>(seconds);
  while (found.seconds.size() < most) {
    const double latency = run();
    const double passed_s = (now() - begin) * 1e-6;
    // A run counts in the second in which it ended; of a long one there are seconds without any.
    while (found.seconds.size() < most && passed_s >= static_cast<double>(found.seconds.size() + 1))
      end_second();
    latencies.push_back(latency);
  }
  return found;
}

}  // namespace nnstretch::measure
