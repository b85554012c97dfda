// An engine that cannot be used at all, and why.
//     AbsentEngine engine("openvino", "not in this build");
#pragma once
#include "engines/engine.h"

namespace nnstretch::engines {

class AbsentEngine : public Engine {
 public:
  AbsentEngine(std::string name, std::string why_not)
      : name_(std::move(name)), why_not_(std::move(why_not)) {}
  std::string name() const override { return name_; }
  std::string version() const override { return {}; }
  // One, "-", with the reason.
  std::vector<DeviceInfo> devices() const override;
  // Refuses every node with the reason.
  Support supports(const ir::Graph& part, const Processor& processor) const override;
  // Throws.
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor& processor) const override;

 private:
  std::string name_, why_not_;
};

}  // namespace nnstretch::engines
