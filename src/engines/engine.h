// What the rest of the program knows of a library that executes graphs. One folder below this one
// is one engine; engines/list.h names them all. Adding one: HACKING.md.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/processor.h"
#include "ir/graph.h"

namespace nnstretch::engines {

// A device an engine reaches, or the reason why it does not.
struct DeviceInfo {
  std::string name;       // as Processor::device takes it
  std::string full_name;  // "AMD EPYC 9B14", for people
  bool usable = true;
  bool emulated =
      false;            // made of software on the CPU's own cores: its numbers count, not its times
  std::string why_not;  // if not usable: one sentence
};

// Which nodes of a graph an engine refuses, each at most once.
struct Support {
  struct Refusal {
    std::string node, op, reason;
  };
  std::vector<Refusal> refusals;
  std::string caution;  // why results may be wrong all the same; `auto` then takes another engine
  bool complete() const { return refusals.empty(); }
};

// Memory bound to an input or output: int8 or float32, NHWC, dense. It begins at a multiple of 64
// bytes, but for an input that is a piece of a larger value.
struct Buffer {
  std::byte* data = nullptr;
  size_t bytes = 0;
};

// What one operator took, in the library's own words: it may have joined several of ours.
struct OpTime {
  std::string node;    // of the graph, or one of those joined; empty if the library does not say
  std::string kernel;  // "jit_sse42_I8", "Convolution (NHWC, QC8) IGEMM"
  double us = 0;
};

// The state of one compiled part in one session. One thread at a time.
class PartInstance {
 public:
  virtual ~PartInstance() = default;
  // Once, before the first run: one buffer a graph input and output, in their order, of exactly
  // their size. run() reads and writes them in place; only inputs that are not aligned may be
  // copied first. They outlive the instance.
  virtual void bind(std::span<const Buffer> in, std::span<const Buffer> out) = 0;
  // One inference; blocks. Called by the processor's worker, bound to its cores: a thread of ours
  // or one of the user's, another from run to run if he likes. EngineError with the engine's own
  // words if it fails; the instance stays usable.
  virtual void run() = 0;
  // Of the last run, the microseconds in which inputs were put side by side before anything was
  // computed: what a meeting point costs its reader. Nothing if operators of the library do that.
  virtual std::optional<double> copy_us() const { return {}; }
  // Of the last run, in the order of execution, if the processor counts_ops; empty if the library
  // does not tell.
  virtual std::vector<OpTime> op_times() const { return {}; }
};

// Code and weights of one part, immutable, shared by sessions and threads.
class CompiledPart {
 public:
  virtual ~CompiledPart() = default;
  virtual std::unique_ptr<PartInstance> instantiate() const = 0;
  // Which engine it is: "openvino". For `auto`, the one that was chosen.
  virtual std::string engine() const = 0;
  // What people should know: ops that did not reach the fast kernels, and the like. May be empty.
  virtual std::vector<std::string> notes() const { return {}; }
};

// One library. Stateless but for its environment; every call may come from any thread.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;     // "openvino"
  virtual std::string version() const = 0;  // "2026.4.1", as loaded; empty: not installed
  // Reachable devices, and those that are not with the reason; one at least. Never throws.
  virtual std::vector<DeviceInfo> devices() const = 0;
  // Per operator, before anything is compiled.
  virtual Support supports(const ir::Graph& part, const Processor& processor) const = 0;
  // Compiles a graph of any number of inputs and outputs, int8 or float32. Call it from a thread
  // that is not bound to cores. EngineError names the part and the engine's reason.
  virtual std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                                      const Processor& processor) const = 0;
};

}  // namespace nnstretch::engines
