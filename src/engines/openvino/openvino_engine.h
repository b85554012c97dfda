// OpenVINO as an engine: the fast int8 kernels of x86 CPUs, and Intel's GPUs and NPUs.
//     OpenVinoEngine engine;
//     auto part = engine.compile(model, {.device = "cpu", .threads = 1});
// Its headers are heavy and stay in this folder.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <string>
#include <vector>

#include "engines/engine.h"

namespace nnstretch::engines {

class OpenVinoEngine : public Engine {
 public:
  // Cheap: the library looks for devices when it is first asked for one.
  OpenVinoEngine();
  std::string name() const override { return "openvino"; }
  std::string version() const override;
  std::vector<DeviceInfo> devices() const override;
  Support supports(const ir::Graph& part, const Processor& processor) const override;
  // May be called from a bound thread too: the library works on a thread that sees all the cores
  // this process had when the engine was made.
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override;

 private:
  // Why it takes nothing for a processor; empty if it does.
  std::string why_nothing(const Processor& processor) const;

  std::vector<int> cores_;
  const pid_t process_;  // that made it
  mutable std::atomic<bool> has_threads_ =
      false;  // as it compiled; a fork does not take them along
};

}  // namespace nnstretch::engines
