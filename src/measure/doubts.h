// Whether a number is to be believed: the reasons why not, each with its sign and what to do.
//     for (const Doubt& doubt : doubts_of(signs)) ... doubt.sign, doubt.value, doubt.fix
#pragma once
#include <string>
#include <vector>

#include "measure/signs.h"

namespace nnstretch::measure {

struct Doubt {
  std::string sign;  // its name in JSON, such as "others"
  double value = 0;  // as in the signs
  std::string fix;   // what to do
};

// None: the number is reliable, as far as this machine can tell. Where signs are calm, only that
// the control group was stopped is doubted. The thresholds, and why, are in doubts.cpp and in
// docs/measuring.md.
std::vector<Doubt> doubts_of(const Signs& signs);

}  // namespace nnstretch::measure
