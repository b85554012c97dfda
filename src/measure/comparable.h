// Whether two results may be compared: one network, one machine, one way to compute. Other commits
// of this program may differ: what they change is what is compared.
//     for (const Difference& one : likeness(before, after).differences)
//       say(one.what, one.before, one.after);      // "input", "1x128x128x3", "1x32x32x3"
#pragma once
#include <string>
#include <vector>

#include "measure/compare.h"
#include "measure/result.h"

namespace nnstretch::measure {

struct Difference {
  std::string what, before, after;  // "threads", "2", "1"
};

struct Likeness {
  // What makes them unlike: network, input, machine, cores, engine and versions of those that ran
  // parts, devices, threads, arithmetic, kind of plan, order. Empty: they may be compared.
  std::vector<Difference> differences;
  // What a result of an older version does not tell: "the content of the network".
  std::vector<std::string> unknown;
};

Likeness likeness(const Result& before, const Result& after);

// The runs of each process; of results without restarts one.
Restarts restarts_of(const Result& result);

}  // namespace nnstretch::measure
