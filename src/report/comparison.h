// Two results of `bench --json` or `run` side by side.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "measure/compare.h"
#include "report/reporter.h"

namespace nnstretch::report {

struct Compared {
  std::string name;                    // of the network or its configuration
  double before_us = 0, after_us = 0;  // medians
  measure::Ratio ratio;

  // Slower by more than `limit`, say 1.05: with the whole interval where there is one.
  bool slower_than(double limit) const;
};

struct Comparison {
  double limit = 1.05;
  std::vector<Compared> networks;      // in the order of their names
  std::vector<std::string> only_once;  // in one file only
};

// A result of bench, or a result.json. Two results of one network each are compared whatever they
// are called. IoError or FormatError naming the file.
Comparison compare_results(const std::filesystem::path& before, const std::filesystem::path& after,
                           double limit);

Report report_of(const Comparison& comparison);
Comparison comparison_from_json(const Json& json, const std::string& where);

}  // namespace nnstretch::report
