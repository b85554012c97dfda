// Doubts in words.
#pragma once
#include <string>
#include <vector>

#include "measure/doubts.h"

namespace nnstretch::report {

// "other programs had 42 % of the cores' time"
std::string said(const measure::Doubt& doubt);
// All in one line with what to do about the first: "not reliable: ...; ...: stop what else runs".
// Empty without doubts.
std::string doubt_line(const std::vector<measure::Doubt>& doubts);

}  // namespace nnstretch::report
