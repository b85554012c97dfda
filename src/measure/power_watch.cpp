#include "measure/power_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/clock.h"

namespace nnstretch::measure {

PowerWatch::PowerWatch(EnergySource& source, std::chrono::microseconds period)
    : source_(source), period_(period) {
  for (const Rail& rail : source.rails()) changes_[rail.clock] = 0;
  read();
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, period_, [this] { return stop_; })) read();
  });
}

// By one thread at a time: the caller's while the other is not there.
void PowerWatch::read() {
  if (!failure_.empty()) return;
  const double at_us = now_us();
  std::string why;
  auto values = source_.read(why);
  if (!values) {
    failure_ = why;
    enough_ = true;
    return;
  }
  if (!readings_.empty()) count(*values);
  enough_ = changes() > kEnough;
  readings_.push_back({at_us, *std::move(values)});
}

void PowerWatch::count(const std::vector<double>& values) {
  std::set<int> changed;
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i] != readings_.back().values[i]) changed.insert(source_.rails()[i].clock);
  for (const int clock : changed) ++changes_[clock];
}

int PowerWatch::changes() const {
  return std::ranges::min_element(changes_, {}, [](const auto& one) { return one.second; })->second;
}

void PowerWatch::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

PowerFound PowerWatch::stop() {
  end();
  if (!failure_.empty()) return {.power = {}, .seconds = 0, .reason = failure_};
  read();
  if (!failure_.empty()) return {.power = {}, .seconds = 0, .reason = failure_};
  PowerFound found{.power = mean_power(readings_, source_.rails(), source_.tells()),
                   .seconds = (readings_.back().at_us - readings_.front().at_us) * 1e-6,
                   .reason = {}};
  if (found.power.updates >= kFewest) return found;
  const int changes = this->changes();
  found.reason = fmt::format("{} had {} new value{} in {:.1f} s: ", source_.title(), changes,
                             changes == 1 ? "" : "s", found.seconds);
  if (changes == 0)
    found.reason += "give longer `energy_seconds`, unless it stands still";
  else  // those at either end do not count
    found.reason += fmt::format("give `energy_seconds` {:.0f} or more",
                                std::ceil(found.seconds * (kFewest + 4) / changes));
  found.power = {};
  return found;
}

}  // namespace nnstretch::measure
