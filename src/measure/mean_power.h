// The mean power of a stretch of time in which a machine does the same thing all along, from the
// moments at which its source had new values.
//     const MeanPower power = mean_power(readings, source.rails(), source.tells());
//     if (power.updates >= 10) ... power.watts, +- power.half_width
#pragma once
#include <span>
#include <vector>

#include "measure/energy_source.h"

namespace nnstretch::measure {

struct Reading {
  double at_us = 0;
  std::vector<double> values;  // of each rail, as EnergySource::read() gives them
};

struct MeanPower {
  double watts = 0;       // of all rails
  double half_width = 0;  // of its 99.7 % interval, watts
  int updates = 0;        // new values that it rests on; of the clock that had fewest
  std::vector<double> rail_watts = {};
};

// Where values change between two readings the source had a new one. Of a counter: what it rose
// from its first new value to its last, over the time between. Of a gauge: its values, each for as
// long as it stood, without the first, which is also of what went before, and the last, of which
// nobody knows how long it stands. The interval is that of the mean of values that scatter so much
// (Student, over twenty blocks of neighbours at most; wider where neighbours are alike, as a gauge
// that smooths makes them), and of the source's own steps: of a counter the time between two
// readings, of a gauge half the least difference of two values. It does not know of a gauge that is
// wrong altogether. The rails' intervals are added up: what they feed works for the same network.
// All is 0 if a clock had fewer than two new values to rest on.
MeanPower mean_power(std::span<const Reading> readings, std::span<const Rail> rails,
                     EnergySource::Tells tells);

}  // namespace nnstretch::measure
