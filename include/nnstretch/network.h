// A network compiled for a machine: cut into parts, each with its code and weights. Immutable;
// copies are cheap, and any number of sessions in any threads share it. UsageError for whatever is
// asked of one that was moved from.
//     nnstretch::Network network(nnstretch::Model::read("R-50-CD.tflite"));
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nnstretch/model.h"

namespace nnstretch {

// What a network is cut for: the next answer soon, or many answers a second. For throughput, cores
// of one kind each run whole networks; a Session of such a network uses one of them.
enum class Goal { latency, throughput };

// How processors compute; a machine file says it for each. In float an int8 network is computed
// without rounding its values.
enum class Precision { int8, f32, bf16 };

// Which plan runs: a network's parts as they are configured, the whole of it as one part where that
// is fastest, or the fastest of all. What the fastest is, is measured when a network is compiled
// here for the first time, and remembered (docs/best-plan.md).
enum class PlanKind { parts, whole, best };

struct CompileOptions {
  std::filesystem::path machine = {};  // machine file; empty: what this machine has
  std::string engine = "auto";         // without a machine file
  int num_threads = 0;                 // without a machine file: in all; 0: one a core
  std::string core_affinity = {};      // without a machine file: hexadecimal mask; empty: all cores
  Goal goal = Goal::latency;
  PlanKind plan = PlanKind::best;         // for latency; for throughput it is parts
  bool measure = true;                    // false: what is remembered, else parts, is the fastest
  std::vector<std::string> without = {};  // names of processors not to use
  bool spread = true;                     // work without branches on all cores that are alike
  std::optional<Precision> arithmetic = {};  // without a machine file; empty: as the network is
  bool strict = false;  // an operator, role or device that would need another processor is an error
};

// A part of the network that one processor runs in one call.
struct Part {
  std::string name;       // "s2.cpu"
  std::string processor;  // "core0"
  std::string engine;     // "openvino"
  bool stand_in = false;  // the processor plays a role that it has not
};

// Work that is not where it should be.
struct Fallback {
  std::string what;    // part, operator or role
  std::string reason;  // one sentence
  std::string ran_on;  // processor
};

class Network {
 public:
  // Compiles on the calling thread, which must not be bound to cores. EngineError names the part,
  // processor and reason; ConfigError or UsageError for the machine.
  explicit Network(const Model& model, const CompileOptions& options = {});

  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;
  std::vector<Part> parts() const;  // in an order in which they can run
  // When it was compiled and, if a device failed while it ran, since.
  std::vector<Fallback> fallbacks() const;
  std::vector<std::string> notes() const;  // stand-ins, shared cores, slow operators
  // The same digest means the same bytes for the same input.
  std::string hash() const;

  // Of nnstretch itself.
  class Impl;
  explicit Network(std::shared_ptr<const Impl> impl);

 private:
  friend class Session;
  friend class Stream;
  const Impl& impl() const;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace nnstretch
