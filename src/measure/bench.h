// Times one network on a machine: the plan, what bounds it, and the baseline nobody is flattered
// by. Here or at the other end of a cable: it knows no configurations and no quantising.
//     const Timed timed = bench(model, {.placing = {.engine = "openvino"}}, here);
//     use(timed.result.latency.min);
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "measure/choose.h"
#include "measure/cool_down.h"
#include "measure/energy.h"
#include "measure/result.h"
#include "plan/placing.h"

namespace nnstretch::measure {

struct BenchOptions {
  plan::Placing placing;
  int num_runs = 50;
  int warmup_runs = 5;
  bool sequential = false;
  bool latency_only = false;  // no part alone (and so no bound), baseline, split tax or best plan
  Pick pick = Pick::parts;    // which plan is timed
  bool best = true;           // the fastest plan is looked for, to compare with or as the pick
  bool operators = false;     // operator by operator
  int requests = 0;           // in flight, for the throughput; 0: it is not measured
  int wait_quiet_s = 0;       // how long at most to wait for a free machine before timing
  std::optional<CoolDown> cool_down = {};  // before timing
  std::string governor = {};               // of the clocks meanwhile; empty: as it is
  EnergyOptions energy = {};
  int sustained_s = 0;  // how long it runs on and on after it was timed; 0: not at all
  bool keep_timelines = false;
  // Of the network's input type. The first is what is timed; without any it is zeros.
  std::vector<std::vector<std::byte>> inputs = {};
};

struct Timed {
  Result result;
  // What the very plan that was timed answers to each of the inputs: bytes of the first output.
  std::vector<std::vector<std::byte>> answers;
};

// `on_step` is told what begins, for progress; may be empty. ConfigError, UsageError, EngineError;
// ShapeError for an input of another size; IoError for a source of energy that is not there.
Timed bench(const ir::Model& model, const BenchOptions& options, const plan::Surroundings& here,
            const OnStep& on_step = {});

}  // namespace nnstretch::measure
