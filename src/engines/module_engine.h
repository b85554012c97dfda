// An engine that is a module: it is opened when it is first asked for anything but its name.
//     ModuleEngine engine("openvino");
//     engine.devices();   // opens libnnstretch_engine_openvino.so, or says why it does not open
#pragma once
#include <filesystem>
#include <mutex>

#include "engines/engine.h"

namespace nnstretch::engines {

class ModuleEngine : public Engine {
 public:
  // `libraries`: as Host's; empty: library_folder().
  explicit ModuleEngine(std::string name, std::filesystem::path libraries = {})
      : name_(std::move(name)), libraries_(std::move(libraries)) {}
  std::string name() const override { return name_; }
  std::string version() const override { return opened().version(); }
  std::vector<DeviceInfo> devices() const override { return opened().devices(); }
  Support supports(const ir::Graph& part, const Processor& processor) const override {
    return opened().supports(part, processor);
  }
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override {
    return opened().compile(part, processor);
  }

 private:
  // The module's engine; an AbsentEngine if it does not open, which is not tried again. Modules
  // stay loaded: libraries with threads of their own do not like to be unloaded.
  const Engine& opened() const;

  std::string name_;
  std::filesystem::path libraries_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const Engine> engine_;
};

}  // namespace nnstretch::engines
