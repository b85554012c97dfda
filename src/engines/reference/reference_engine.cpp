#include "engines/reference/reference_engine.h"

#include <fmt/format.h>

#include "base/error.h"
#include "engines/reference/reference_part.h"
#include "ir/passes/to_float.h"

namespace nnstretch::engines {
namespace {

ir::Act fused_act(const ir::Op& op) {
  return std::visit(
      [](const auto& o) {
        if constexpr (requires { o.act; }) return o.act;
        return ir::Act::none;
      },
      op);
}

// Why the kernels have no int8 form of a node; empty if they have.
std::string int8_refusal(const ir::Node& node) {
  const ir::Act act = fused_act(node.op);
  if (act != ir::Act::none && act != ir::Act::relu && act != ir::Act::relu6)
    return fmt::format("{} cannot be fused into an int8 operator", name_of(act));
  const auto* alone = std::get_if<ir::Activation>(&node.op);
  if (alone && alone->kind == ir::Act::silu)
    return "silu has no int8 form: write it as a sigmoid and a product";
  if (std::holds_alternative<ir::BatchNorm>(node.op))
    return "batch norm has no int8 form: fold it into the convolution";
  return {};
}

std::string refusal(const ir::Graph& part, const ir::Node& node, const Processor& processor) {
  if (processor.device != "cpu")
    return fmt::format("the reference kernels have no device '{}', only 'cpu'", processor.device);
  if (processor.precision == Precision::bf16)
    return "the reference kernels compute in int8 and float32 only";
  if (std::holds_alternative<ir::Dequantize>(node.op) && !part.node(node.inputs[0]).type.quant)
    return "only int8 and uint8 values are dequantised";
  return node.type.dtype == DType::i8 ? int8_refusal(node) : "";
}

}  // namespace

std::vector<DeviceInfo> ReferenceEngine::devices() const {
  return {{.name = "cpu", .full_name = "plain loops on one core", .usable = true, .why_not = ""}};
}

Support ReferenceEngine::supports(const ir::Graph& part, const Processor& processor) const {
  Support support;
  for (const ir::Node& node : part.nodes())
    if (std::string reason = refusal(part, node, processor); !reason.empty())
      support.refusals.push_back({node.name, std::string(name_of(node.op)), std::move(reason)});
  return support;
}

std::shared_ptr<const CompiledPart> ReferenceEngine::compile(const ir::Model& part,
                                                             const Processor& processor) const {
  if (const Support support = supports(part.graph, processor); !support.complete()) {
    const auto& [node, op, reason] = support.refusals.front();
    throw EngineError({.what = reason, .where = fmt::format("{}: {} '{}'", part.name, op, node)});
  }
  return std::make_shared<ReferencePart>(
      processor.precision == Precision::f32 ? to_float(part) : part, processor.counts_ops);
}

}  // namespace nnstretch::engines
