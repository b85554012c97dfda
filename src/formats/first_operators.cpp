#include "formats/first_operators.h"

#include <algorithm>
#include <cmath>

#include "ir/stored_values.h"

namespace nnstretch::formats {
namespace {

using ir::NodeId;

// What has become of a pixel x: factor * x + shift, by colour.
struct Affine {
  std::vector<double> factor = {1}, shift = {0};

  void widen(size_t colours) {
    if (factor.size() == 1) factor.resize(colours, factor[0]), shift.resize(colours, shift[0]);
  }
};

// The constant operand of a node and where it stands; nothing if it has none, or another one than a
// number or a number a colour.
struct Operand {
  std::vector<float> values;
  size_t index = 0;
};
std::optional<Operand> constant_operand(const ir::Model& model, const ir::Node& node) {
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ir::Node& operand = model.graph.node(node.inputs[i]);
    if (!std::holds_alternative<ir::Constant>(operand.op)) continue;
    const ir::Tensor* tensor = model.weights.find(operand.weights.at(0));
    const int64_t size = ir::count(operand.type.shape);
    if (!tensor || (size != 1 && size != 3)) return {};
    return Operand{ir::to_floats(*tensor->bytes, operand.type), i};
  }
  return {};
}

// Adds what a node does to `pixel`; false if it is no such operator.
bool follow(const ir::Model& model, const ir::Node& node, Affine& pixel) {
  if (ir::is_any<ir::Quantize, ir::Dequantize, ir::Transpose>(node.op)) return true;
  const auto* sub = std::get_if<ir::Sub>(&node.op);
  const auto* mul = std::get_if<ir::Mul>(&node.op);
  const auto* add = std::get_if<ir::Add>(&node.op);
  if ((!sub || sub->act != ir::Act::none) && (!mul || mul->act != ir::Act::none) &&
      (!add || add->act != ir::Act::none))
    return false;
  const auto operand = constant_operand(model, node);
  if (!operand || (sub && operand->index == 0)) return false;
  pixel.widen(operand->values.size());
  for (size_t c = 0; c < pixel.factor.size(); ++c) {
    const double value = operand->values[operand->values.size() == 1 ? 0 : c];
    if (mul) pixel.factor[c] *= value, pixel.shift[c] *= value;
    if (!mul) pixel.shift[c] += sub ? -value : value;
  }
  return true;
}

}  // namespace

std::optional<Pixels> pixels_wanted(const ir::Model& model) {
  const ir::Graph& graph = model.graph;
  if (graph.inputs().size() != 1) return {};
  Affine pixel;
  for (NodeId at = graph.inputs()[0]; graph.readers(at).size() == 1 && !graph.is_output(at);) {
    at = graph.readers(at)[0];
    if (!follow(model, graph.node(at), pixel)) break;
  }
  double largest = 0;  // of the mean and the std that were taken off
  bool changed = false;
  for (size_t c = 0; c < pixel.factor.size(); ++c) {
    if (!(std::abs(pixel.factor[c]) > 0) || !std::isfinite(pixel.shift[c])) return {};
    changed |= pixel.factor[c] != 1 || pixel.shift[c] != 0;
    largest = std::max(
        {largest, 1 / std::abs(pixel.factor[c]), std::abs(pixel.shift[c] / pixel.factor[c])});
  }
  if (!changed) return {};
  constexpr double kMostOfUnits = 2;  // a mean is below 1, a std of pixels in 0..1 too
  return largest > kMostOfUnits ? Pixels::bytes : Pixels::units;
}

}  // namespace nnstretch::formats
