// The best branching of a plain network for a profiled machine that keeps the network a network:
// of every stage a share of its multiply-adds, of every branch a share of its depth, in all as many
// multiply-adds as the plain one. Proven over all widths and depths of all stages at once, all
// orders of processors, and one branch up to all of them in each stage.
//     const Result result = search(plain, predictor, {});
//     write(result.networks.at(0).config);
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "search/optimum.h"
#include "search/plain.h"
#include "search/predict.h"

namespace nnstretch::search {

struct Wishes {
  // Of the plain network's: a stage's multiply-adds, a branch's depth, all multiply-adds. 0 to 1,
  // `total` any.
  double stage_share = 0.8, depth_share = 0.75, total = 1;
  std::vector<double> stage_shares = {};       // of each stage its own; empty: stage_share
  std::optional<double> most_parameters = {};  // of the plain network's
  std::optional<double> latency_us = {};  // the most multiply-adds within it, whatever `total` says
  double least_width = kLeastWidth;
  std::vector<std::string> roles = {};  // of the profile's machine; empty: all
  Effort effort = {};

  double share_of(size_t stage) const {
    return stage_shares.empty() ? stage_share : stage_shares.at(stage);
  }
};

// Of the plain network's, as the graphs that are built have them.
struct Shares {
  double multiply_adds = 0, parameters = 0;
};

struct Network {
  nets::NetSize size;
  Roles roles;
  config::Config config;
  Prediction prediction;
  std::vector<Shares> stages;
  Shares all;
};

// The plain network on the processor of a role.
struct PlainOn {
  std::string role, kind;
  double us = 0;
};

struct Result {
  std::vector<Network> networks;  // the best first
  std::vector<PlainOn> plain;     // the fastest first
  bool proven = false;
  double gap = 0;  // how much better than the first there might be one, if not proven
  std::vector<std::string> warnings;  // where a stage or the parameters are starved
};

// ConfigError: shares above 1; nothing meets the wishes (then with what comes nearest).
// FormatError: points are missing.
Result search(const Plain& plain, const Predictor& predictor, const Wishes& wishes);

// What a network keeps of another, stage by stage; for Wishes::stage_shares. ConfigError if it has
// another number of stages.
struct Kept {
  std::vector<Shares> stages;
  Shares all;
  double least_depth = 1;
};
Kept kept_of(const config::Config& config, const Plain& plain);

}  // namespace nnstretch::search
