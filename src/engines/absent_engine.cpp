#include "engines/absent_engine.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::engines {

std::vector<DeviceInfo> AbsentEngine::devices() const {
  return {{.name = "-", .full_name = {}, .usable = false, .why_not = why_not_}};
}

Support AbsentEngine::supports(const ir::Graph& part, const Processor&) const {
  Support support;
  for (const ir::Node& node : part.nodes())
    support.refusals.push_back({node.name, std::string(ir::name_of(node.op)), why_not_});
  return support;
}

std::shared_ptr<const CompiledPart> AbsentEngine::compile(const ir::Model& part,
                                                          const Processor&) const {
  throw EngineError({.what = fmt::format("the engine {} cannot be used: {}", name_, why_not_),
                     .where = part.name,
                     .fix = "`nnstretch devices` shows which engines work here"});
}

}  // namespace nnstretch::engines
