// A network timed by benchmark_model, a tool of others (benchmark_model.h), in place of this
// program: here, or on another machine, to which it is pushed as a bundle would be.
//     const BenchmarkProgram tool = read_benchmark_program("bin/benchmark_model");
//     const Timed timed = bench_by(tool, job, here, say);
#pragma once
#include <filesystem>

#include "plan/surroundings.h"
#include "remote/bench_job.h"
#include "remote/bundle.h"
#include "remote/device.h"

namespace nnstretch::remote {

struct BenchmarkProgram {
  std::filesystem::path file;
  Pushed pushed;  // it and the libraries beside it (lib*.so*), as a DSP's delegate needs
  int powersave_level = 255;  // of a DSP: TEST.POWERSAVE_LEVEL
};

// UsageError unless there is such a file.
BenchmarkProgram read_benchmark_program(const std::filesystem::path& file);

// UsageError for what the tool cannot do: it times one file, on threads and cores.
void check_tool_takes(const measure::BenchOptions& options, const std::filesystem::path& trace);

// The result holds what the tool told: it tells no runs, no parts, no answers. Errors are those of
// parse_benchmark_output(), and those of the way there.
measure::Timed bench_by(const BenchmarkProgram& tool, const BenchJob& job,
                        const plan::Surroundings& here, const OnStep& on_step);
measure::Timed bench_by_on(Device& device, const BenchmarkProgram& tool, const BenchJob& job,
                           const OnStep& on_step);

}  // namespace nnstretch::remote
