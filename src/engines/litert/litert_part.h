// One part compiled by LiteRT: the .tflite bytes, the model that points into them, and as many
// compiled models as there are instances (LiteRT's compiled model is code and state in one).
#pragma once
#include <mutex>

#include "engines/engine.h"
#include "engines/litert/handles.h"
#include "engines/litert/packed_weights.h"

namespace nnstretch::engines::litert {

// The environment of one accelerator, and the lock under which it creates things and, on a GPU,
// runs: LiteRT does not say that these are safe from several threads.
struct Library {
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  // A GPU's environment is left to the system: it outlives main(), and destroying it when the
  // driver's own statics are gone crashes.
  ~Library() {
    if (is_gpu) (void)environment.release();
  }

  Environment environment;
  bool is_gpu = false;
  std::mutex busy;
};

// What an accelerator is told.
struct Settings {
  LiteRtHwAccelerators accelerator = kLiteRtHwAcceleratorCpu;
  std::string kernels;          // of the CPU: "xnnpack", "builtin" or "reference"
  int threads = 1;              // of the CPU
  std::vector<int> cores = {};  // of the CPU: its threads are bound to these; empty: not bound
  bool counts_ops = false;      // of the CPU: its operators are timed
  bool on_gpu() const { return accelerator == kLiteRtHwAcceleratorGpu; }
};

class LiteRtPart : public CompiledPart, public std::enable_shared_from_this<LiteRtPart> {
 public:
  // Compiles at once; EngineError if LiteRT refuses, or would run some of it beside the GPU.
  LiteRtPart(std::shared_ptr<Library> library, const ir::Model& part, Settings settings);
  std::unique_ptr<PartInstance> instantiate() const override;
  std::string engine() const override { return "litert"; }
  std::vector<std::string> notes() const override { return notes_; }

  const std::string& name() const { return name_; }
  const Settings& settings() const { return settings_; }
  Library& library() const { return *library_; }
  // Types of the arguments and results, in the order of the graph.
  const std::vector<LiteRtRankedTensorType>& inputs() const { return inputs_; }
  const std::vector<LiteRtRankedTensorType>& outputs() const { return outputs_; }
  const std::vector<size_t>& input_bytes() const { return input_bytes_; }
  const std::vector<size_t>& output_bytes() const { return output_bytes_; }

 private:
  CompiledModel compile() const;
  void take_notes();
  void read_signature(const ir::Graph& graph);

  std::shared_ptr<Library> library_;
  std::string name_;
  Settings settings_;
  std::vector<std::byte> bytes_;  // model_ points into them
  PackedWeights packed_weights_;
  Model model_;
  std::vector<LiteRtRankedTensorType> inputs_, outputs_;
  std::vector<size_t> input_bytes_, output_bytes_;
  std::vector<std::string> notes_;
  mutable CompiledModel first_;  // made by the constructor, taken by the first instance
};

}  // namespace nnstretch::engines::litert
