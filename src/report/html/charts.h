// The pictures of a page of results, each SVG; empty where there is nothing to draw.
#pragma once
#include <string>
#include <vector>

#include "report/record.h"

namespace nnstretch::report::html {

// A network of the page: how it is called there, and what is known of it.
struct Shown {
  std::string title;
  const Record* record = nullptr;
};
using All = std::vector<Shown>;

std::string latency_bars(
    const All& networks);  // minimum, median, 90th percentile, bound, whole, best
std::string against_multiply_adds(const All& networks);  // with the Pareto front
std::string distribution(const All& networks);           // of the runs: share done within a time
std::string tracks(const measure::Result& result, const runtime::Timeline& run,
                   const std::string& label);
std::string meeting_points(const measure::Result& result);
std::string parts_alone(const measure::Result& result);  // in the run and alone

std::string ms(double us);  // "7.24"

}  // namespace nnstretch::report::html
