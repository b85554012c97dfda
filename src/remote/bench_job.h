// Timing a model file in another process of this program, which may die of it: the words of its
// command, what it says meanwhile, and what comes back. Here it is a child on this machine; on
// another one: device_bench.h.
//     const auto timed = bench_in_child({.model = "net.tflite", .options = options}, program,
//                                       [&](const std::string& step) { progress.say(step); });
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "ir/tensor_type.h"
#include "measure/bench.h"

namespace nnstretch::remote {

struct BenchJob {
  std::filesystem::path model;
  // Its inputs are of the network's input type; timelines do not come back: ask for a trace.
  measure::BenchOptions options;
  ir::TensorType input, output;      // of the network
  std::filesystem::path trace = {};  // a file to write; empty: none
};

// Where a job's arrays lie.
struct JobFiles {
  std::filesystem::path inputs, logits;
};

// The command, `bench` first: what its flags make of these words is the job.
std::vector<std::string> words_of(const BenchJob& job, const JobFiles& files);

// What they gave: their output, and the file of logits if the job has inputs. FormatError or
// ShapeError for what is of another network or version.
measure::Timed timed_in(const std::string& json, const std::filesystem::path& logits,
                        const BenchJob& job);

// Runs them as `program`. Inputs go in through its standard input, answers come back through a
// folder of the job's own below $TMPDIR. Errors are those of output_of_child(), and those of what
// it wrote.
measure::Timed bench_in_child(const BenchJob& job, const std::filesystem::path& program,
                              const OnStep& on_step);

// Any of the ways.
using Bench = std::function<measure::Timed(const BenchJob& job, const OnStep& on_step)>;

// One of them in so many processes, one after another, each of which begins anew; told are also
// "restart 2 of 5". What they give together: measure/restarts.h. UsageError for a job with a trace,
// which each would write over.
measure::Timed bench_restarted(const BenchJob& job, int restarts, const Bench& bench,
                               const OnStep& on_step);

}  // namespace nnstretch::remote
