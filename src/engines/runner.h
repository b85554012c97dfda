// One graph on one engine, with buffers of its own: for calibration, checks and single-engine use.
//     Runner runner(engines.find("openvino"), model, processor);
//     std::memcpy(runner.input(0).data(), image.data(), runner.input(0).size());
//     runner.run();
//     runner.output(0);
#pragma once
#include "base/aligned.h"
#include "engines/engine.h"

namespace nnstretch::engines {

class Runner {
 public:
  // Compiles and binds. Throws what the engine throws.
  Runner(const Engine& engine, const ir::Model& model, const Processor& processor);
  std::span<std::byte> input(size_t index) const { return inputs_.at(index).bytes(); }
  std::span<const std::byte> output(size_t index) const { return outputs_.at(index).bytes(); }
  void run() const { instance_->run(); }
  // Sets the only input, runs, and returns the first output.
  std::span<const std::byte> run(std::span<const std::byte> input);
  std::vector<OpTime> op_times() const { return instance_->op_times(); }
  std::optional<double> copy_us() const { return instance_->copy_us(); }
  const CompiledPart& compiled() const { return *compiled_; }

 private:
  std::vector<AlignedBytes> inputs_, outputs_;
  std::shared_ptr<const CompiledPart> compiled_;
  std::unique_ptr<PartInstance> instance_;
};

}  // namespace nnstretch::engines
