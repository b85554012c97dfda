// The processors a network may use: read from a machine file, or found.
//     Machine machine = file ? read_machine(*file, here)
//                            : discover(roles_of(model.graph), {}, here);
//     Plan plan = make_plan(model, machine, here);
// A machine file:
//     processors:
//       - {name: core0, role: cpu, also: [gpu], engine: auto, cores: [0], precision: int8}
//       - {name: core1, role: dsp, cores: [1], stand_in: true}
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/topology.h"
#include "plan/surroundings.h"

namespace nnstretch::plan {

// What people should know of a processor: that it is a stand-in, that roles share it.
struct Note {
  std::string processor, text;
};

struct Machine {
  std::vector<engines::Processor> processors;  // never empty; names differ
  std::map<std::string, size_t> also;          // roles without a processor of their own: whose
                                               // processor does their work (an index)
  std::vector<Note> notes;

  // Processors that may play a role, best first: its own in file order, then who does it `also`.
  std::vector<size_t> candidates(const std::string& role) const;
};

// The machine without the processors of these names, and what is noted of them: their roles go to
// others. UsageError for a name it has not, or if nothing is left.
Machine without(Machine machine, const std::vector<std::string>& names);

// ConfigError with file:line for what is not YAML, unknown keys, wrong types, engines and
// precisions that do not exist, names used twice, cores that `topology` lacks, more threads than
// cores. An engine that is not installed (qnn) is no error: make_plan() passes its processors by.
Machine parse_machine(const std::string& text, const std::string& where, const Topology& topology,
                      const engines::Engines& engines);
// With the cores this process may use and the engines of this build. IoError without the file.
Machine read_machine(const std::filesystem::path& path, const Surroundings& here);
// As read_machine reads it.
std::string write_machine(const Machine& machine);

struct DiscoverOptions {
  int num_threads = 0;  // at most so many threads in all; 0: as many as cores
  std::optional<std::vector<int>> cores = {};  // only these cores
  std::string engine = "auto";
  engines::Precision precision = engines::Precision::int8;
};

// A processor for each role, in the order given (the order of first use in the network).
// A role whose kind of hardware (gpu; dsp and npu: npu) a usable device of an engine provides gets
// that device. Every other role gets one CPU core, marked stand_in unless it is "cpu"; spare cores
// of the same kind go to "cpu". With more such roles than cores they share (Machine::also; it
// is a stand_in for one, too) and a note says so. One role alone gets one core.
// UsageError naming the cores if num_threads or cores ask for more than the topology has.
Machine discover(const std::vector<std::string>& roles, const DiscoverOptions& options,
                 const Topology& topology, const engines::Engines& engines);
Machine discover(const std::vector<std::string>& roles, const DiscoverOptions& options,
                 const Surroundings& here);

// "f0" or "0xf0" -> {4,5,6,7}, as taskset takes masks; UsageError otherwise.
std::vector<int> parse_core_mask(std::string_view text);

}  // namespace nnstretch::plan
