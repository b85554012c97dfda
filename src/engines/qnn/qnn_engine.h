// Qualcomm's HTP, the Hexagon DSP of its phone and laptop chips, through ONNX Runtime's QNN
// provider: int8 parts go to it as .onnx bytes. On x86_64 the provider brings an emulator of the
// HTP, which computes what the hardware does a thousand times as slowly: for numbers, never for
// times.
//     QnnEngine engine(library_folder());   // engines/libraries.h
//     auto part = engine.compile(model, {.device = "htp"});
// It is optional: `scripts/setup --qnn` installs it, nothing is linked (docs/engines.md).
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "engines/engine.h"

namespace nnstretch::engines {

namespace qnn {
class Library;
}

class QnnEngine : public Engine {
 public:
  // `folder`: below it is what `scripts/setup --qnn` unpacks.
  explicit QnnEngine(std::filesystem::path folder);
  ~QnnEngine() override;
  std::string name() const override { return "qnn"; }
  // "1.32.0, provider 2.7.0": ONNX Runtime is loaded and asked, the provider cannot be asked.
  std::string version() const override;
  // "htp", with the reason if it is not installed or cannot be loaded.
  std::vector<DeviceInfo> devices() const override;
  // Takes int8 graphs only, whatever the .onnx writer can express and the HTP runs whole.
  Support supports(const ir::Graph& part, const Processor& processor) const override;
  // Parts may be compiled from any thread, one after another.
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override;

 private:
  // Loaded when it is first needed; parts keep it alive.
  std::shared_ptr<const qnn::Library> library() const;

  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  mutable std::optional<std::string> version_;  // once it was asked for
  mutable std::shared_ptr<const qnn::Library> library_;
};

}  // namespace nnstretch::engines
