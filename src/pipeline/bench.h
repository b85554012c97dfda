// Times one network on a machine: the plan, what bounds it, and the baseline nobody is flattered
// by.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "measure/energy.h"
#include "measure/latency.h"
#include "measure/machine_state.h"
#include "measure/op_profile.h"
#include "measure/split_tax.h"
#include "measure/throughput.h"
#include "runtime/machine.h"

namespace nnstretch::pipeline {

// How a network is placed on this machine; flags of every command that runs something.
struct PlaceOptions {
  std::filesystem::path machine = {};  // empty: what this machine has
  std::string engine = "auto";         // without a machine file
  engines::Precision precision = engines::Precision::int8;
  int num_threads = 0;                    // in all; 0: one a core
  std::string core_affinity = {};         // hexadecimal mask; empty: all cores
  std::vector<std::string> without = {};  // names of processors not to use
  bool strict = false;                    // a fallback is an error
  bool spread = true;                     // as runtime::PlanOptions
};
// The machine the network would run on. ConfigError, UsageError or EngineError.
runtime::Machine machine_for(const ir::Graph& graph, const PlaceOptions& options);
// For the shortest latency, or for most requests a second.
enum class Goal { latency, throughput };
runtime::Plan plan_for(const ir::Model& model, const PlaceOptions& options,
                       Goal goal = Goal::latency);

struct BenchOptions {
  PlaceOptions place;
  int num_runs = 50;
  int warmup_runs = 5;
  bool sequential = false;
  bool latency_only = false;     // no part alone (and so no bound), baseline or split tax
  bool profile = false;          // operator by operator
  int requests = 0;              // in flight, for the throughput; 0: it is not measured
  std::filesystem::path trace;   // empty: none
  std::vector<std::byte> input;  // of the network's input type; empty: zeros
};

// The same network as one part, with as many threads as the plan uses cores; for a plan on one
// processor, as many as there are cores.
struct Baseline {
  std::string engine;
  int threads = 1;
  double min_us = 0, p50_us = 0;
};

// What compiling took, by engine.
struct CompiledBy {
  int parts = 0;
  double seconds = 0;
  int64_t resident_bytes = 0;
};
std::map<std::string, CompiledBy> compiled_by_engine(const runtime::CompiledPlan& plan);

struct BenchResult {
  std::shared_ptr<const runtime::CompiledPlan> plan;
  measure::Measurement measured;
  measure::MachineState before, after;  // the runs of `measured`
  std::optional<Baseline> baseline;
  measure::SplitTax split_tax;
  std::optional<measure::Throughput> throughput;
  std::shared_ptr<const runtime::CompiledPlan> throughput_plan;  // of `throughput`
  std::optional<measure::OpProfile> profile;
  measure::Energy energy;  // of all timed runs together, beginning to end
  double energy_uj = 0;    // of one inference; 0 if unknown
};

// `on_step` is told what begins, for progress; may be empty. Writes the trace if asked.
BenchResult bench(const ir::Model& model, const BenchOptions& options,
                  const std::function<void(const std::string&)>& on_step = {});

}  // namespace nnstretch::pipeline
