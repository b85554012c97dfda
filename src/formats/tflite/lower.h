// From our operators to those of TFLite, one node after another. An operator more is a function
// lower() in one of the files lower_*.cpp. Most nodes become one operator; those that do not:
//
// - a convolution or pool whose padding is neither SAME nor none: a PAD or PADV2, then the
// operator;
// - silu, in float: LOGISTIC and MUL; hard sigmoid: ADD with a relu6, and MUL;
// - an activation that TFLite cannot fuse: an operator more;
// - shuffle: RESHAPE, TRANSPOSE, RESHAPE.
//
// The tensors between are called <node>_pad, <node>_linear, <node>_gate, <node>_groups and
// <node>_swapped. Every convolution has a bias in the file, <node>_zero_bias where the node has
// none: XNNPACK takes no convolution without.
#pragma once
#include <map>
#include <optional>

#include "formats/tflite/emitter.h"

namespace nnstretch::tflite {

inline constexpr std::string_view kZeroBias = "_zero_bias";
inline constexpr std::string_view kGate = "_gate";

// The node that is being lowered: its operands and its value as tensors.
struct Site {
  const ir::Node& node;
  std::vector<TensorId> in;
  TensorId out;
  bool int8;
};

// The activation in an operator's own field and, for those it cannot hold, as operators after it.
struct Fused {
  schema::ActivationFunctionType field;
  TensorId out;
};

class Lowering {
 public:
  // Both must outlive it.
  Lowering(Emitter& out, const ir::Model& model) : out_(out), model_(model) {}
  // Nodes in order, each once; FormatError for one that refusal() refuses or whose weights do not
  // fit.
  void add(ir::NodeId id);
  TensorId tensor(ir::NodeId id) const { return tensors_.at(id); }

  // ---- For the functions lower().
  Emitter& out() { return out_; }
  const ir::Node& operand(const Site& site, size_t i) const;
  TensorId beside(const Site& site, std::string_view suffix, ir::TensorType type);
  TensorId weights(const Site& site, bool depthwise);
  TensorId bias(const Site& site, bool named);
  Fused fuse(ir::Act act, const Site& site);
  void finish(ir::Act act, const Fused& fused, const Site& site);
  void activate(ir::Act act, TensorId in, const Site& site);

 private:
  using Code = schema::BuiltinOperator;

  TensorId constant(const ir::Node& node);
  TensorId weight(const std::string& name, ir::Shape shape, std::vector<std::byte> bytes, int axis);
  std::vector<float> product_scales(const Site& site) const;

  Emitter& out_;
  const ir::Model& model_;
  std::vector<TensorId> tensors_;            // by node
  std::map<std::string, TensorId> weights_;  // by name and layout: a weight stands once in the file
};

// Write the node if it is of their kind. Of layers: windows too.
bool lower_layer(Lowering& it, const Site& site);
bool lower_arithmetic(Lowering& it, const Site& site);
bool lower_move(Lowering& it, const Site& site);

}  // namespace nnstretch::tflite
