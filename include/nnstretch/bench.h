// How fast a network is on this machine, as `nnstretch bench` measures it.
//     const nnstretch::BenchResult result = nnstretch::bench(model, {}, {.num_runs = 100});
//     std::printf("%.0f us\n", result.latency_us.min);
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nnstretch/network.h"

namespace nnstretch {

struct BenchOptions {
  int num_runs = 50;
  int warmup_runs = 5;
  bool latency_only = false;  // no bound, baseline, best plan and split tax
  // Where the machine tells its energy it is watched idle and at work, so long each at most.
  double energy_seconds = 10;
};

struct BenchResult {
  struct {
    double min = 0, p50 = 0, p90 = 0, p99 = 0, mean = 0, std = 0;
  } latency_us;                            // of a run with its branches at the same time
  std::vector<double> runs_us;             // in their order
  std::optional<double> bound_us;          // what the parts would take without any waiting
  std::optional<double> whole_us;          // the network undivided, on as many cores
  std::optional<double> best_us;           // the fastest plan
  std::optional<double> uj_per_inference;  // energy, where the machine tells it
  std::string plan_hash;
  std::vector<Fallback> fallbacks;
  // All of it with its context, as `nnstretch bench --json` writes it and `compare` reads it.
  std::string json;
};

// Compiles, warms up and times, with zeros as input, before it returns; Goal::throughput counts
// for nothing here. Errors as Network, and UsageError for numbers of runs that make no sense.
BenchResult bench(const Model& model, const CompileOptions& where = {},
                  const BenchOptions& options = {});

}  // namespace nnstretch
