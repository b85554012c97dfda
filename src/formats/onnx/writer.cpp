#include "formats/onnx/writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "formats/metadata.h"
#include "formats/onnx/lower.h"
#include "formats/refusal.h"

namespace nnstretch::onnx {
namespace {

bool is_int8(const ir::Model& model) {
  return std::any_of(model.graph.nodes().begin(), model.graph.nodes().end(),
                     [](const ir::Node& node) { return node.type.quant.has_value(); });
}

void check_opset(const ir::Model& model, int opset) {
  constexpr int kPerChannel = 13;  // the first whose DequantizeLinear has an axis
  if (opset < WriteOptions::kOldest || opset > WriteOptions::kNewest)
    throw FormatError({.what = fmt::format("operator set {} is not one of {} to {}", opset,
                                           WriteOptions::kOldest, WriteOptions::kNewest)});
  if (opset < kPerChannel && is_int8(model))
    throw FormatError(
        {.what = fmt::format("operator set {} has no weights with a scale a channel", opset),
         .fix = "use 13 or a newer one for int8 networks"});
}

std::optional<std::string> refuse_pads(const ir::Window& w) {
  if (w.pads.top < w.kernel.h && w.pads.bottom < w.kernel.h && w.pads.left < w.kernel.w &&
      w.pads.right < w.kernel.w)
    return {};
  return "its padding is as large as its window";
}

std::optional<std::string> refuse_ranks(const ir::Graph& graph, const ir::Node& node) {
  if (node.type.shape.size() != 4) return {};
  for (const ir::NodeId id : node.inputs) {
    const size_t rank = graph.node(id).type.shape.size();
    if (rank > 0 && rank < 4 && !graph.op_if<ir::Constant>(id))
      return "an operand that is computed has fewer dimensions than the other";
  }
  return {};
}

}  // namespace

std::optional<std::string> refusal(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (const auto reason = formats::common_refusal(graph, id)) return reason;
  if (graph.op_if<ir::BatchNorm>(id) && node.type.shape.size() != 2 && node.type.shape.size() != 4)
    return "a batch norm of neither two nor four dimensions";
  if (const auto* pool = graph.op_if<ir::MaxPool>(id)) return refuse_pads(pool->window);
  if (const auto* pool = graph.op_if<ir::AvgPool>(id)) return refuse_pads(pool->window);
  if (ir::is_any<ir::Add, ir::Sub, ir::Mul>(node.op)) return refuse_ranks(graph, node);
  return {};
}

std::vector<std::byte> write(const ir::Model& model, const WriteOptions& options,
                             const formats::Beside& beside) {
  ir::check_weights(model.graph, model.weights);
  check_opset(model, options.opset);
  Emitter emitter(options.opset);
  Lowering lowering(emitter, model);
  for (ir::NodeId id = 0; id < model.graph.size(); ++id) lowering.add(id);
  for (const ir::NodeId id : model.graph.outputs())
    emitter.output(model.graph.node(id).name, model.graph.node(id).type);
  emitter.describe("An image network; how images are prepared for it is in the metadata.");
  emitter.metadata(std::string(formats::kMetadataName),
                   to_json(formats::metadata_of(model, beside)));
  return std::move(emitter).finish(model.name);
}

}  // namespace nnstretch::onnx
