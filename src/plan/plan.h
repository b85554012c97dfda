// What will run where: parts, the buffers between them, and who waits for whom. A plan is a value;
// nothing is compiled yet.
//     Plan plan = make_plan(model, machine, here);
//     auto compiled = compile(plan, here);    // runtime/compiled_plan.h
//     Session session(compiled);              // runtime/session.h
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "plan/machine.h"
#include "plan/partition.h"
#include "plan/surroundings.h"

namespace nnstretch::plan {

// A value that leaves its part, or an input of the network. Written by one part, by the caller, or
// piece by piece by those who write what lies inside it (plan/joins.h).
struct PlanBuffer {
  std::string value;  // name of the node
  ir::TensorType type;
  struct Inside {
    size_t buffer;
    size_t offset;  // in bytes
    bool operator==(const Inside&) const = default;
  };
  std::optional<Inside> inside = {};  // a buffer that itself is inside none
};

struct PlanPart {
  std::string name;     // unique: "stem", "s2.cpu", "head", "stem..head"
  int first_stage = 0;  // of its nodes, as ir::Place counts
  int last_stage = 0;
  int branch = 0;               // ir::Place::kMeeting if it has nodes of several branches
  std::string role;             // "cpu"; of a processor that plays several: "cpu+gpu"
  size_t processor = 0;         // index in Plan::processors
  ir::Model model;              // what the engine compiles; in float if the processor is
  std::vector<size_t> inputs;   // buffers, parallel to model.graph.inputs()
  std::vector<size_t> outputs;  // buffers, parallel to model.graph.outputs()
  std::vector<size_t> after;    // parts that write its inputs, ascending; all come before it
};

// Work that is not where its role says.
struct Fallback {
  std::string op;  // node, or "role gpu" if all of it moved
  std::string reason;
  std::string ran_on;  // processor
};

struct Plan {
  std::string network;                         // Model::name
  int stages = 0;                              // number of the last stage: the head
  std::vector<engines::Processor> processors;  // those that have parts
  std::vector<PlanBuffer> buffers;
  std::vector<PlanPart> parts;          // in an order in which they can run
  std::vector<size_t> inputs, outputs;  // of the network: buffers, in its order
  std::vector<Fallback> fallbacks;
  std::vector<std::string> notes;  // Machine::notes of the processors that have parts
  // Every processor has the parts compiled for itself, because several run them at the same time:
  // an engine may let one wait for another that uses the same compiled part. Weights are there as
  // often.
  bool own_copies = false;
  // Who takes over parts that their processor refuses while they are compiled, or whose device
  // fails later: a CPU. None: both are errors.
  std::optional<engines::Processor> standby;

  // Hexadecimal digest of what computes: parts, weights and their processors. Equal plans give
  // equal bytes if `auto` chose the same engines: CompiledPlan::hash() has those too.
  std::string hash() const;
};

struct PlanOptions {
  bool strict = false;  // EngineError instead of a Fallback; no Plan::standby
  bool spread = true;   // work without branches on all cores that are alike (plan/spread.h)
};

// Each role goes to its first processor that has a usable engine and device and supports all the
// role's nodes, else to any other processor, with a Fallback that says why. Of a machine without a
// usable CPU the last is "all-cores": the CPU with every core that may be used, engine `auto`.
// EngineError if no processor can take a role, or in strict mode if the first choice cannot;
// ShapeError for a network without parts. The standby is the first usable CPU.
Plan make_plan(const ir::Model& model, const Machine& machine, const Surroundings& here,
               const PlanOptions& options = {});

// For many requests rather than one soon: where all processors are alike (plan/alike.h), each
// may run the whole network of a request, so that nothing is cut and nobody waits; a note says so.
// Else make_plan()'s. Errors are those of make_plan().
Plan make_throughput_plan(const ir::Model& model, const Machine& machine, const Surroundings& here,
                          const PlanOptions& options = {});

// The whole network as one part on one processor: the baseline.
Plan make_whole_plan(const ir::Model& model, const engines::Processor& processor);
// The same parts, all of them on one processor: what the cuts alone cost.
Plan on_one_processor(const Plan& plan, const engines::Processor& processor);

}  // namespace nnstretch::plan
