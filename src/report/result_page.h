// A result for people.
#pragma once
#include <string>

#include "report/reporter.h"

namespace nnstretch::report {

// `result` must outlive the report, which draws its runs.
Report report_of(const measure::Result& result);
// Of a list of networks that are run one after another:
// "   3520.4 us  bound    3411.0  whole, threads 2    5120.7 (openvino)"
std::string one_line(const measure::Result& result);

}  // namespace nnstretch::report
