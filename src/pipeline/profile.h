// The job behind `nnstretch profile`: a file of points, filled up with those that it lacks.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "config/config.h"
#include "plan/placing.h"
#include "search/grid.h"
#include "search/profile.h"

namespace nnstretch::pipeline {

struct ProfileOptions {
  std::vector<std::filesystem::path> nets;      // plain networks that are to be stretched
  std::vector<std::filesystem::path> includes;  // configurations whose values are timed, too
  std::vector<std::string> overrides = {};      // KEY VALUE pairs over all of them
  int im_size = 0;                              // pixels; 0: TRAIN.IM_SIZE of each
  int branches = 2;                             // of a stage, at most
  std::filesystem::path out = "profile.jsonl";
  bool force = false;  // also where the file is of another machine
};

// The pieces that a profile of these networks needs. ConfigError for `nets` that branch.
search::Grid grid_of(const ProfileOptions& options);

struct ProfileDone {
  size_t known = 0, added = 0;  // points
};

// From the costs of single operators. FormatError if `out` is of another machine, IoError.
ProfileDone profile_from_costs(const ProfileOptions& options, const std::filesystem::path& costs);

// This machine as a profile names it, its processors those of `machine`.
search::ProfiledMachine profiled_machine(const plan::Machine& machine,
                                         const plan::Surroundings& here);

// Of each configuration, with made-up weights and ranges, the least latency in so many rounds, in
// microseconds, all in turns.
std::vector<double> time_configs(const std::vector<config::Config>& configs, int im_size,
                                 int rounds, const plan::Placing& placing,
                                 const plan::Surroundings& here);

// Timed on this machine, whose processors play `roles`, the first of them cpu: the points that
// `out` lacks, one line each as soon as it is known; then again those that are slower than a larger
// piece, which only chance can be; last what processors take from each other, and the first network
// as a whole on each kind of processor. EngineError for a device that is made of software.
ProfileDone profile_here(const ProfileOptions& options, const std::vector<std::string>& roles,
                         const plan::Placing& placing, const plan::Surroundings& here);

}  // namespace nnstretch::pipeline
