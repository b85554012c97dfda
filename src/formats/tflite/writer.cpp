#include "formats/tflite/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "base/error.h"
#include "formats/metadata.h"
#include "formats/refusal.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {
namespace {

using ir::Act;

// The release of TFLite that knows every operator version we write, as other writers note it: 16
// bytes, filled with zeros.
constexpr std::string_view kRuntime = "2.14.0";

std::optional<std::string> refuse_act(Act act, bool int8, bool alone) {
  if (!int8) return {};
  if (act == Act::silu) return "int8 silu is a sigmoid and a product, two nodes";
  if (act == Act::hard_sigmoid) return "int8 hard sigmoid is a sum, a relu6 and a product";
  if (!alone && act != Act::none && act != Act::relu && act != Act::relu6)
    return fmt::format("{} cannot be fused in int8", ir::name_of(act));
  return {};
}

std::optional<std::string> refuse_sigmoid(const ir::Node& node) {
  if (node.type.dtype != DType::i8 || *node.type.quant == ir::Quant{1.0f / 256, -128}) return {};
  return "an int8 sigmoid has scale 1/256 and zero point -128";
}

// TFLite's average never counts padding, and pads only as SAME says; counted padding is a PAD.
std::optional<std::string> refuse_padding(const ir::Graph& graph, ir::NodeId id,
                                          const ir::AvgPool& pool) {
  const ir::Shape& x = graph.node(graph.node(id).inputs[0]).type.shape;
  const ir::Pads& pads = pool.window.pads;
  if (pool.count_padding || pads == ir::Pads{} || pads == same_pads(pool.window, x[1], x[2]))
    return {};
  return "an average that leaves out this padding";
}

formats::Metadata describe(const ir::Model& model, const formats::Beside& beside,
                           const Emitter& emitter) {
  formats::Metadata out = formats::metadata_of(model, beside);
  out.operators = emitter.places();
  for (const ir::NodeId id : model.graph.inputs()) out.inputs.push_back(model.graph.node(id).at);
  return out;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

std::optional<std::string> refusal(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const DType type = node.type.dtype;
  if (const auto reason = formats::common_refusal(graph, id)) return reason;
  if (graph.op_if<ir::BatchNorm>(id))
    return "batch normalisation must be folded into its convolution";
  if (const auto* pool = graph.op_if<ir::AvgPool>(id)) return refuse_padding(graph, id, *pool);
  if (const auto* op = graph.op_if<ir::Activation>(id)) {
    if (const auto reason = refuse_act(op->kind, type == DType::i8, true)) return reason;
    return op->kind == Act::sigmoid ? refuse_sigmoid(node) : std::nullopt;
  }
  return std::visit(
      [&](const auto& op) -> std::optional<std::string> {
        if constexpr (requires { op.act; }) return refuse_act(op.act, type == DType::i8, false);
        return {};
      },
      node.op);
}

std::vector<std::byte> write(const ir::Model& model, const formats::Beside& beside) {
  ir::check_weights(model.graph, model.weights);
  Emitter emitter;
  Lowering lowering(emitter, model);
  for (ir::NodeId id = 0; id < model.graph.size(); ++id) lowering.add(id);

  const auto tensors = [&](const std::vector<ir::NodeId>& nodes) {
    std::vector<TensorId> out;
    for (const ir::NodeId id : nodes) out.push_back(lowering.tensor(id));
    return out;
  };
  emitter.signature(tensors(model.graph.inputs()), tensors(model.graph.outputs()));
  std::vector<std::byte> runtime(16);
  std::memcpy(runtime.data(), kRuntime.data(), kRuntime.size());
  emitter.metadata("min_runtime_version", runtime);
  emitter.metadata(std::string(formats::kMetadataName),
                   bytes_of(to_json(describe(model, beside, emitter))));
  return std::move(emitter).finish(model.name);
}

}  // namespace nnstretch::tflite
