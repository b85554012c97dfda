// The main job: for every configuration build the int8 file, run it on the machine, write the row.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "pipeline/run_options.h"

namespace nnstretch::pipeline {

struct RunSummary {
  size_t done = 0, skipped = 0;
  std::map<std::string, report::Record> records = {};  // of all rows, but those that cannot be read
  size_t of_other_commits = 0;  // of those skipped, measured by another commit of the program
  struct Failure {
    std::string cfg, message;
  };
  std::vector<Failure> failures;
};

// Runs all; one failure does not stop the others. Rows are on disk as soon as they are known, and a
// row stays until its successor is known; it goes to result.csv.old, with the reason, if there will
// be none. All arguments are checked first: what check_arguments() throws leaves every file as it
// was. Waits for another process that works on the same table, and says so.
RunSummary run(const RunOptions& options, const plan::Surroundings& here);

}  // namespace nnstretch::pipeline
