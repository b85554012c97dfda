#include "formats/onnx/lower.h"

#include <fmt/format.h>

#include "base/error.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/writer.h"

namespace nnstretch::onnx {

using ir::Act;

Lowering::Lowering(Emitter& out, const ir::Model& model) : out_(out), model_(model) {
  for (const ir::Node& node : model.graph.nodes()) out_.reserve(node.name);
}

void Lowering::add(ir::NodeId id) {
  const ir::Node& node = model_.graph.node(id);
  if (const auto reason = refusal(model_.graph, id))
    throw FormatError({.what = fmt::format("an .onnx file cannot hold this {}: {}",
                                           ir::name_of(node.op), *reason),
                       .where = node.name});
  out_.at(node.at);
  const bool dequantises = std::holds_alternative<ir::Dequantize>(node.op);
  const bool computes_int8 = node.type.quant && !ir::is_source(node.op);
  Site site{node, {}, node.name, computes_int8};
  for (const ir::NodeId input : node.inputs)
    site.in.push_back(dequantises ? model_.graph.node(input).name : aligned(node, input));
  if (computes_int8) site.out = beside(site, kExact);
  if (const auto* input = std::get_if<ir::Input>(&node.op))
    out_.input(node.name, input->type, node.at);
  else if (!ir::is_source(node.op) && !lower_layer(*this, site) && !lower_arithmetic(*this, site) &&
           !lower_move(*this, site))
    throw FormatError(
        {.what = fmt::format("nothing writes a {} into an .onnx file", ir::name_of(node.op)),
         .where = node.name});
  if (computes_int8) quantise(site, id);
}

const ir::Node& Lowering::operand(const Site& site, size_t i) const {
  return model_.graph.node(site.node.inputs[i]);
}

std::string Lowering::beside(const Site& site, std::string_view suffix) {
  return out_.fresh(fmt::format("{}{}", site.node.name, suffix));
}

std::string Lowering::aligned(const ir::Node& node, ir::NodeId operand) {
  const size_t rank = model_.graph.node(operand).type.shape.size();
  const bool widens = ir::is_any<ir::Add, ir::Sub, ir::Mul>(node.op) &&
                      node.type.shape.size() == 4 && rank > 0 && rank < 4;
  return widens ? constant(operand, 4) : real(operand);
}

void Lowering::activated(Act act, const std::string& type, const Names& in, Site& site,
                         const std::vector<Attribute>& attributes) {
  if (act == Act::none) return out_.op(type, in, site.out, attributes);
  const std::string linear = beside(site, kLinear);
  out_.op(type, in, linear, attributes);
  activate(act, linear, site);
}

void Lowering::activate(Act act, const std::string& in, const Site& site) {
  switch (act) {
    case Act::none:
      return;  // refused before
    case Act::relu:
      return out_.op("Relu", {in}, site.out);
    case Act::relu6:
      return out_.op(
          "Clip",
          {in, out_.scalar(site.node.name + "_least", 0), out_.scalar(site.node.name + "_most", 6)},
          site.out);
    case Act::sigmoid:
      return out_.op("Sigmoid", {in}, site.out);
    case Act::silu: {
      const std::string gate = out_.fresh(site.out + kGate);
      out_.op("Sigmoid", {in}, gate);
      return out_.op("Mul", {in, gate}, site.out);
    }
    case Act::hard_sigmoid:
      return out_.op("HardSigmoid", {in}, site.out, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
    case Act::hard_swish:
      return hard_swish(in, site);
    case Act::gelu:
      return gelu(in, site);
  }
}

void Lowering::hard_swish(const std::string& in, const Site& site) {
  if (out_.opset() >= 14) return out_.op("HardSwish", {in}, site.out);
  const std::string gate = out_.fresh(site.out + kGate);
  out_.op("HardSigmoid", {in}, gate, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
  out_.op("Mul", {in, gate}, site.out);
}

// x / 2 * (1 + erf(x / sqrt 2)), in the order in which PyTorch's exporter writes it.
void Lowering::gelu(const std::string& in, const Site& site) {
  if (out_.opset() >= 20) return out_.op("Gelu", {in}, site.out);
  const std::string scaled = beside(site, "_scaled"), erf = beside(site, "_erf"),
                    shifted = beside(site, "_shifted"), doubled = beside(site, "_doubled");
  out_.op("Div", {in, out_.scalar(site.node.name + "_root", 1.41421356f)}, scaled);
  out_.op("Erf", {scaled}, erf);
  out_.op("Add", {erf, out_.scalar(site.node.name + "_one", 1)}, shifted);
  out_.op("Mul", {in, shifted}, doubled);
  out_.op("Mul", {doubled, out_.scalar(site.node.name + "_half", 0.5f)}, site.out);
}

}  // namespace nnstretch::onnx
