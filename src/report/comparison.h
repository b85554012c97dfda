// Two results of `bench --json` or `run` side by side.
//     const Comparison both = compare_results("before.json", "after.json", {.limit = 1.03});
//     emit(report_of(both), outputs);
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "measure/comparable.h"
#include "measure/compare.h"
#include "report/reporter.h"

namespace nnstretch::report {

// What is known of one of two measurements beside its times.
struct Side {
  double load_1min = -1;            // of the machine; -1: not known
  bool reliable = true;             // measured on a free machine, as far as it tells
  std::vector<std::string> doubts;  // why not
  size_t restarts = 1;              // processes that timed it
};

struct Compared {
  std::string name;                    // of the network or its configuration
  double before_us = 0, after_us = 0;  // measure::typical()
  measure::Ratio ratio;
  Side before = {}, after = {};
  measure::Likeness likeness = {};
  bool comparable = true;  // nothing makes them unlike, or they were to be compared anyway

  // measure::judge() of what is comparable, else cannot_tell.
  measure::Verdict verdict(double limit) const;
  // Slower by more than `limit`, say 1.05, for sure.
  bool slower_than(double limit) const;
};

struct Comparison {
  double limit = 1.05;
  std::vector<Compared> networks;      // in the order of their names
  std::vector<std::string> only_once;  // in one file only
};

struct CompareOptions {
  double limit = 1.05;
  bool anyway = false;  // also what is unlike
};

// A result of bench, or a result.json. Two results of one network each are compared whatever they
// are called; rows of tables go by name, each by itself. IoError or FormatError naming the file.
Comparison compare_results(const std::filesystem::path& before, const std::filesystem::path& after,
                           const CompareOptions& options);

// "input 1x128x128x3 before, 1x32x32x3 after"
std::string said(const measure::Difference& difference);

Report report_of(const Comparison& comparison);  // comparison_page.cpp
Json to_json(const Comparison& comparison);
Comparison comparison_from_json(const Json& json, const std::string& where);

}  // namespace nnstretch::report
