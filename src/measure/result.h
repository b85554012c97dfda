// What timing a network gives. Plain data: nothing compiled is kept alive by it, it is written as
// JSON and read back, here or on another machine, and every table, trace and page is made of it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "measure/context.h"
#include "measure/device.h"
#include "measure/doubts.h"
#include "measure/energy.h"
#include "measure/latency.h"
#include "measure/machine_state.h"
#include "measure/remarks.h"
#include "measure/split_tax.h"
#include "measure/sustained.h"
#include "measure/throughput.h"

namespace nnstretch::measure {

// The network as it is computed: what it costs, and which one it is.
struct NetworkCost {
  int64_t multiply_adds = 0, parameters = 0;
  // The shape of its input, "1x224x224x3", and ir::network_digest(). None in results of older
  // versions.
  std::optional<std::string> input = {}, digest = {};
};

// The same network as one part, with as many threads as the plan uses cores; for a plan on one
// processor, as many as there are cores.
struct Baseline {
  std::string engine;
  int threads = 1;
  double min_us = 0, p50_us = 0;
};

// The fastest plan that was found for the network (measure/choose.h).
struct BestPlan {
  std::string candidate, kind, plan_hash;
  double min_us = 0, p50_us = 0;
  bool remembered = false;  // from an earlier race
  std::string doubt;        // why the race decided nothing: these are then the parts as configured
};

// What compiling took, of all parts that an engine compiled.
struct CompiledBy {
  int parts = 0;
  double seconds = 0;
  std::optional<double> resident_mb = {};  // by which the process grew; nothing if that is not told
};

struct ProcessorResult {
  engines::Processor processor;
  double busy_us_p50 = 0, busy_us_min = 0;  // of a run
  std::optional<double> alone_us = {};      // the sum of its parts' times alone
};

struct PartResult {
  std::string name = {}, role = {}, processor = {}, engine = {};
  int first_stage = 0, last_stage = 0, branch = 0;
  std::vector<size_t> after = {};  // parts that must have ended
  double run_us_p50 = 0;
  std::optional<double> alone_us_min = {};
  std::optional<std::vector<engines::OpTime>> operators = {};  // if asked for; empty: not told
};

struct ThroughputResult {
  Throughput measured;
  Remarks remarks;  // of its own plan
};

// What comes before the steady state that is timed.
struct StartResult {
  double compile_us = 0;    // until the network could run: choosing engines, compiling, buffers
  double first_run_us = 0;  // of the very first inference
  std::optional<int64_t> peak_bytes = {};  // of the process until then; nothing if that is not told
};

// The program of others that timed the network in place of this one (remote/benchmark_model.h).
struct ToolResult {
  std::string name, content;       // "benchmark_model"; a hash of it and the libraries beside it
  std::vector<std::string> words;  // how it was called
  bool of_operators = false;       // the latency is what its operators took, added up
  Statistics warmup;
  std::optional<double> memory_mb = {};  // by which it grew
};

// Of a tool there are no parts, nor what follows from them.
struct Result {
  std::string model;  // the file or configuration, as it was given
  NetworkCost network;
  Statistics latency;             // of Session::run(), microseconds
  std::vector<double> runs_us;    // in their order
  std::vector<double> warmup_us;  // the runs before them, which do not count
  // Where the network was timed anew in several processes (measure/restarts.h): the runs of each,
  // in the order of the processes. All else is of the one with the fastest run. Empty for one
  // process.
  std::vector<std::vector<double>> restarts = {};
  // Parts in turn rather than at once. None in results of older versions.
  std::optional<bool> sequential = {};
  std::vector<ProcessorResult> processors;
  std::vector<PartResult> parts;
  // Each part's times in the run that was the fastest and in the one in the middle. None in results
  // of older versions.
  std::optional<runtime::Timeline> fastest, median;
  std::vector<MeetingPoint> meeting_points;
  std::vector<Overlap> overlaps;
  std::optional<double> bound_us;
  SplitTax split_tax;
  std::optional<double> overhead_us_p50 = {};
  MachineState before, after;  // the timed runs
  // Cores that the process might still use after them: a phone takes some away, whatever a thread
  // was bound to. None in results of older versions, and of tools.
  std::optional<std::vector<int>> cores_after = {};
  std::optional<double> hottest_c = {};   // from before them to the end of all
  std::optional<StartResult> start = {};  // none in results of older versions
  std::optional<Sustained> sustained = {};
  std::optional<Baseline> baseline;
  std::optional<BestPlan> best;
  std::optional<ThroughputResult> throughput;
  EnergyResult energy;
  std::map<std::string, CompiledBy> compiled;  // by engine
  std::optional<int64_t> resident_bytes = {};  // of the process, once it had run
  Remarks remarks;
  std::optional<Signs> signs;              // of the timed runs; none in results of older versions
  std::vector<Doubt> doubts;               // that follow from the signs
  bool reliable = true;                    // there are none
  std::optional<DeviceFacts> device = {};  // where it ran; none: on this machine
  std::optional<ToolResult> tool = {};     // what timed it; none: this program
  Context context;
  // Every timed run, for a trace; only if it was asked for, and not in JSON.
  std::vector<runtime::Timeline> timelines;
};

}  // namespace nnstretch::measure
