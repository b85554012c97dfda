// The main job: for every configuration build the int8 file, run it on the machine, write the row.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pipeline/network.h"
#include "pipeline/result_table.h"
#include "remote/bench_job.h"
#include "report/record.h"

namespace nnstretch::pipeline {

struct RunOptions {
  std::vector<std::filesystem::path> configs;  // as config_files() takes them
  std::vector<std::string> overrides;          // KEY, VALUE, ... over each of them
  std::filesystem::path output_csv;
  std::filesystem::path model_folder;  // where .tflite files go
  NetworkOptions network;
  bool real_weights_only = false;  // made-up weights are an error
  CalibrationOptions calibration;
  std::filesystem::path input_image;   // what is timed; empty: one of the photographs
  std::filesystem::path trace_folder;  // empty: no traces
  measure::BenchOptions bench;
  // Times a model file, here or in another process, tells what begins, and gives one answer for
  // each of the job's inputs. Must be set.
  std::function<measure::Timed(const remote::BenchJob& job,
                               const std::function<void(const std::string&)>& on_step)>
      timed;
  bool force = false;  // run again what is done already
  // How often the file that was timed is right, for the record. May be empty. Its errors are the
  // configuration's, and so is another plan than the one that was timed. `accuracy_of_what` tells
  // one data set from another.
  std::function<report::Score(const std::filesystem::path& cfg, const std::filesystem::path& model)>
      accuracy;
  std::string accuracy_of_what;
};

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
