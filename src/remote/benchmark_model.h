// TF-Lite's tool `benchmark_model`, a program of others: the stock one, or one that was changed to
// run branches in parallel. What to call it with, and what its output says, here or at another
// machine:
//     const BenchmarkModel tool{.program = "/data/local/tmp/benchmark_model", .model =
//     "R-34-CD.tflite",
//                               .roles = {"cpu", "dsp"}, .core_affinity = "f0"};
//     const BenchmarkTimes times = time_by(tool, run_there);   // times.latency.min, in
//     microseconds
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"

namespace nnstretch::remote {

struct BenchmarkModel {
  std::string program, model;  // files, as they are called where it runs
  std::vector<std::string> roles =
      {};  // devices that the network names: "dsp" and "gpu" get delegates
  int num_runs = 50, warmup_runs = 5, num_threads = 4;
  std::string core_affinity = {};     // a mask for taskset; empty: any core
  int powersave_level = 255;          // of a DSP
  std::string hexagon_lib_path = {};  // where its libraries lie
};

// The tool's command, with the flags by which published stretches were measured.
std::vector<std::string> words_of(const BenchmarkModel& tool);

// Microseconds.
struct BenchmarkTime {
  size_t count = 0;  // runs, at least one
  double min = 0, mean = 0;
  std::optional<double> std = {};  // nothing of a single run
};

struct BenchmarkTimes {
  BenchmarkTime latency, warmup;
  bool of_operators = false;             // latency is what its operators took, added up
  std::optional<double> memory_mb = {};  // grown by, from the start of the tool to its end
  std::optional<double> power_w = {};    // where a build tells of it
};

// Its output, and how it ended, to times. With a profile of operators the latency is the profile's,
// which is what tables of published stretches have; else that of whole inferences. EngineError
// naming the model where the tool failed, where a delegate that was asked for could not be had (the
// tool then goes on upon the CPU), and where a time is missing, cut off or zero: a latency is never
// made up.
BenchmarkTimes parse_benchmark_output(const std::vector<std::string>& lines, const Ended& ended,
                                      const BenchmarkModel& tool);

// Runs words, gives every line of both outputs, in order, and how it ended.
using RunWords =
    std::function<Ended(const std::vector<std::string>& words, const Command::OnLine& on_line)>;
BenchmarkTimes time_by(const BenchmarkModel& tool, const RunWords& run);

}  // namespace nnstretch::remote
