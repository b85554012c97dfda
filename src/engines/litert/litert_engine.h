// LiteRT 2.3.0, the successor of TensorFlow Lite: graphs go to it as .tflite bytes. Its devices are
// "cpu" (XNNPACK, TFLite's own kernels for what it does not take), "gpu" (through WebGPU, that is
// the Vulkan driver of this machine; a part runs there whole or not at all) and, for tests and
// comparisons, "builtin" (TFLite's own kernels only) and "reference" (the plain, slow ones).
// Version 2.3.0 accepts the word "reference" and runs its optimised kernels all the same (measured:
// the same bits and the same time as "builtin", where its Python interpreter's reference kernels
// take 13 times as long); this program's own reference engine gives what those kernels give, bit
// for bit.
#pragma once
#include <memory>
#include <mutex>

#include "engines/engine.h"

namespace nnstretch::engines {

namespace litert {
struct Library;
}

class LiteRtEngine : public Engine {
 public:
  LiteRtEngine();
  ~LiteRtEngine() override;
  std::string name() const override { return "litert"; }
  // The library does not tell it: of the file beside it (base/library_file.h).
  std::string version() const override;
  std::vector<DeviceInfo> devices() const override;
  // Refuses what the .tflite writer cannot express (formats/tflite/writer.h) and unknown devices.
  Support supports(const ir::Graph& part, const Processor& processor) const override;
  // Runs the graph as it is: an int8 graph in int8, whatever the processor's precision.
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override;

 private:
  // That of a device. Made when it is first needed; parts keep it alive.
  std::shared_ptr<litert::Library> library(std::string_view device) const;

  mutable std::mutex mutex_;
  mutable std::shared_ptr<litert::Library> cpu_, gpu_;
};

}  // namespace nnstretch::engines
