// Where a network runs, as people say it: one value behind the flags of every command, the options
// of the library and the key of a result's row.
//     Plan plan = plan_for(model, {.engine = "openvino", .num_threads = 2}, here);
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace nnstretch::plan {

struct Placing {
  std::filesystem::path machine = {};  // a machine file; empty: what this machine has
  std::string engine = "auto";         // without a machine file
  // How processors compute, without a machine file; int8 if it is not said.
  std::optional<engines::Precision> arithmetic = {};
  int num_threads = 0;                    // in all; 0: one a core
  std::string core_affinity = {};         // hexadecimal mask; empty: all cores
  std::vector<std::string> without = {};  // names of processors not to use
  bool strict = false;                    // a fallback is an error
  bool spread = true;                     // as PlanOptions
};

// UsageError where two of its fields contradict each other: a machine file says itself which
// engine, threads, cores and precision it uses.
void check(const Placing& placing);
// What it says, option by option, as the flags of the program are called; nothing that is the same
// without it.
struct Option {
  std::string name, value;  // a switch has no value
};
std::vector<Option> options_of(const Placing& placing);
// As a command line has them, "--engine=litert": whatever a value begins with, it stays a value.
std::vector<std::string> words_of(const std::vector<Option>& options);
// Equal for placings that mean the same now: what a machine file holds counts, not its name.
std::string digest(const Placing& placing);
// Cores that may be used without a machine file.
std::vector<int> cores_of(const Placing& placing, const Surroundings& here);

// For the shortest latency, or for most requests a second.
enum class Goal { latency, throughput };

// The machine that a network of these roles, in order of first use, would run on. ConfigError,
// UsageError or EngineError.
Machine machine_for(const std::vector<std::string>& roles, const Placing& placing,
                    const Surroundings& here);
Machine machine_for(const ir::Graph& graph, const Placing& placing, const Surroundings& here);
// UsageError, too, if a network in float is to be computed in int8.
Plan plan_for(const ir::Model& model, const Placing& placing, const Surroundings& here,
              Goal goal = Goal::latency);

}  // namespace nnstretch::plan
