// What the main job is asked for, and the part of it that is done for one configuration.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "pipeline/network.h"
#include "remote/bench_job.h"
#include "report/record.h"

namespace nnstretch::pipeline {

struct OneRun {
  std::filesystem::path cfg;
  std::filesystem::path model;  // a file to write, unless it is there
};

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
  // Does run_one(), here or in another process. Must be set for run().
  std::function<report::Record(const OneRun& one, const OnStep& say)> one;
  // Times a model file, here or in another process, tells what begins, and gives one answer for
  // each of the job's inputs, or none. Must be set for run_one().
  std::function<measure::Timed(const remote::BenchJob& job, const OnStep& say)> timed;
  // What tells the machine or the tool that `timed` uses from others, by name, if it is not this
  // machine with this program: inputs of each row. Processors and engines are then its business.
  std::map<std::string, std::string> elsewhere;
  bool force = false;  // run again what is done already
  // How often the file that was timed is right, for the record. May be empty. Its errors are the
  // configuration's, and so is another plan than the one that was timed. `accuracy_of_what` tells
  // one data set from another.
  std::function<report::Score(const std::filesystem::path& cfg, const std::filesystem::path& model)>
      accuracy;
  std::string accuracy_of_what;
};

}  // namespace nnstretch::pipeline
