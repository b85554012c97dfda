// The engine that lets others compete: it compiles a part with each that can take it, keeps the
// fastest on that processor, and remembers the choice for the same work, engine versions, CPU
// model, kind of core and settings.
//     AutoEngine engine({openvino, litert}, reference, folder / "engines.json");
//     auto part = engine.compile(model, processor);
//     part->engine();   // "openvino"
//     part->notes();    // "openvino 812 us, litert 930 us"
// Bits are comparable only within one choice: engines round differently.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/topology.h"
#include "engines/auto/engine_choice.h"
#include "engines/list.h"

namespace nnstretch::engines {

class AutoEngine : public Engine {
 public:
  // `last_resort` is asked only when no candidate works; it may be null. `remembered` is a file;
  // with an empty path nothing is remembered. `topology`: this machine's, if none is given.
  AutoEngine(Engines candidates, std::shared_ptr<const Engine> last_resort,
             std::filesystem::path remembered, std::optional<Topology> topology = {});
  std::string name() const override { return "auto"; }
  std::string version() const override;  // "openvino 2026.4.1, litert 2.3.0"
  // The devices of all engines by name; usable if one of them can use it.
  std::vector<DeviceInfo> devices() const override;
  // What any engine refuses, with the reasons of all, if none takes the whole part.
  Support supports(const ir::Graph& part, const Processor& processor) const override;
  // One part is compared at a time. Why an engine was left out stands in notes(); EngineError with
  // the reasons of all if none is left. With precision f32 or bf16 all get the part in float.
  // A choice made while an engine failed, other than by refusing the part, is not remembered.
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override;

 private:
  std::string key(const ir::Model& part, const Processor& processor) const;
  // Null if nothing is remembered, or the engine that was chosen does not take the part any more.
  std::shared_ptr<const CompiledPart> remembered(const std::string& key, const ir::Model& part,
                                                 const Processor& processor) const;

  Engines candidates_;
  std::shared_ptr<const Engine> last_resort_;
  Choices choices_;
  Topology topology_;
  mutable std::mutex one_race_;
};

}  // namespace nnstretch::engines
