#include "measure/energy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <thread>

#include "base/clock.h"

namespace nnstretch::measure {
namespace {

Bounded bounded(double value, double half_width) {
  return {value, value - half_width, value + half_width};
}

// Never below 0: no machine gives.
Bounded watts_of(const MeanPower& power) {
  Bounded watts = bounded(power.watts, power.half_width);
  watts.low = std::max(watts.low, 0.0);
  return watts;
}

PowerFound watch_idle(EnergySource& source, double seconds, std::chrono::microseconds period) {
  const double end = now_us() + seconds * 1e6;
  PowerWatch watch(source, period);
  while (!watch.enough() && now_us() < end) std::this_thread::sleep_for(period);
  return watch.stop();
}

struct Work {
  PowerFound found;
  int64_t runs = 0;
  double us = 0;  // of all of them
};

Work watch_work(EnergySource& source, const std::function<void()>& run, double seconds,
                std::chrono::microseconds period) {
  Work work;
  PowerWatch watch(source, period);
  const double begin = now_us();
  do {
    run();
    ++work.runs;
    work.us = now_us() - begin;
  } while (!watch.enough() && work.us < seconds * 1e6);
  work.found = watch.stop();
  return work;
}

void add_net(EnergyMeasured& measured, const PowerFound& idle, const MeanPower& work,
             double us_per_run) {
  if (!idle.reason.empty()) {
    measured.no_net = "idle, " + idle.reason;
    return;
  }
  measured.idle_w = watts_of(idle.power);
  const double net = work.watts - idle.power.watts;
  if (net <= 0)
    measured.no_net = "the machine at work took no more than idle";
  else
    measured.net_uj =
        bounded(net * us_per_run, std::hypot(work.half_width, idle.power.half_width) * us_per_run);
}

}  // namespace

EnergyResult measure_energy(EnergySource& source, const std::function<void()>& run, double seconds,
                            std::chrono::microseconds period) {
  const PowerFound idle = watch_idle(source, seconds, period);
  const Work work = watch_work(source, run, seconds, period);
  EnergyResult result{.source = source.title(), .reason = work.found.reason};
  const MeanPower& power = work.found.power;
  if (result.reason.empty() && power.watts <= 0) result.reason = source.title() + " tells 0 W";
  if (!result.reason.empty()) return result;
  const double us_per_run = work.us / static_cast<double>(work.runs);
  EnergyMeasured& measured = result.measured.emplace();
  measured.work_w = watts_of(power);
  measured.gross_uj = {power.watts * us_per_run, measured.work_w.low * us_per_run,
                       measured.work_w.high * us_per_run};
  measured.updates = power.updates;
  measured.inferences = work.runs, measured.seconds = work.us * 1e-6;
  for (size_t i = 0; i < source.rails().size(); ++i)
    measured.rails_uj[source.rails()[i].name] += power.rail_watts[i] * us_per_run;
  add_net(measured, idle, power, us_per_run);
  result.uj_per_inference = measured.gross_uj.value;
  return result;
}

}  // namespace nnstretch::measure
