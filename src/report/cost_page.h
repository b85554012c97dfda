// What networks cost, for `info`.
#pragma once
#include <string>
#include <vector>

#include "cost/cost.h"
#include "report/reporter.h"

namespace nnstretch::report {

struct NetworkCosts {
  std::string cfg;
  int im_size = 0;
  cost::Report cost;
};

// As CSV one line a network; else a table of the parts of each.
Report report_of(const std::vector<NetworkCosts>& networks, bool one_line_each);

}  // namespace nnstretch::report
