// From our operators to those of TFLite, one node after another. Most nodes become one operator;
// those that do not:
//     convolution or pool whose padding is neither SAME nor none   PAD (or PADV2), then the
//     operator silu, or an activation TFLite cannot fuse                    LOGISTIC and MUL, or an
//     operator more shuffle                                                      RESHAPE,
//     TRANSPOSE, RESHAPE
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

class Lowering {
 public:
  // Both must outlive it.
  Lowering(Emitter& out, const ir::Model& model) : out_(out), model_(model) {}
  // Nodes in order, each once; FormatError for one that refusal() refuses or whose weights do not
  // fit.
  void add(ir::NodeId id);
  TensorId tensor(ir::NodeId id) const { return tensors_.at(id); }

 private:
  using Code = schema::BuiltinOperator;
  // The node that is being lowered: its operands and its value as tensors.
  struct Site {
    const ir::Node& node;
    std::vector<TensorId> in;
    TensorId out;
    bool int8;
  };
  struct Slid;

  void lower(const ir::Input&, const Site&) {}
  void lower(const ir::Constant&, const Site&) {}  // constant() before
  void lower(const ir::Conv2d&, const Site&);
  void lower(const ir::BatchNorm&, const Site&) {}  // refused before
  void lower(const ir::Activation&, const Site&);
  void lower(const ir::MaxPool&, const Site&);
  void lower(const ir::AvgPool&, const Site&);
  void lower(const ir::Mean&, const Site&);
  void lower(const ir::Add&, const Site&);
  void lower(const ir::Sub&, const Site&);
  void lower(const ir::Mul&, const Site&);
  void lower(const ir::Concat&, const Site&);
  void lower(const ir::Slice&, const Site&);
  void lower(const ir::Shuffle&, const Site&);
  void lower(const ir::Pad&, const Site&);
  void lower(const ir::Reshape&, const Site&);
  void lower(const ir::Transpose&, const Site&);
  void lower(const ir::Linear&, const Site&);
  void lower(const ir::Softmax&, const Site&);
  void lower(const ir::Quantize&, const Site&);
  void lower(const ir::Dequantize&, const Site&);

  const ir::Node& operand(const Site& site, size_t i) const;
  TensorId beside(const Site& site, std::string_view suffix, ir::TensorType type);
  TensorId constant(const ir::Node& node);
  Slid slide(const ir::Window& window, const Site& site, bool padding_must_lose);
  // The first operand with zeros, or the lowest number, around it.
  TensorId padded(const ir::Pads& pads, const Site& site, bool with_lowest);
  void pad(const ir::Pads& pads, const Site& site, bool with_lowest, TensorId result);
  void reshape(const Site& site, TensorId in, TensorId out, const ir::Shape& to,
               std::string_view name);
  void transpose(const Site& site, TensorId in, TensorId out, std::span<const int32_t> order);
  TensorId weights(const Site& site, bool depthwise);
  TensorId bias(const Site& site, bool named);
  TensorId weight(const std::string& name, ir::Shape shape, std::vector<std::byte> bytes, int axis);
  std::vector<float> product_scales(const Site& site) const;
  // The activation in an operator's own field and, for those it cannot hold, as operators after it.
  struct Fused {
    schema::ActivationFunctionType field;
    TensorId out;
  };
  Fused fuse(ir::Act act, const Site& site);
  void finish(ir::Act act, const Fused& fused, const Site& site);
  void activate(ir::Act act, TensorId in, const Site& site);

  Emitter& out_;
  const ir::Model& model_;
  std::vector<TensorId> tensors_;            // by node
  std::map<std::string, TensorId> weights_;  // by name and layout: a weight stands once in the file
};

}  // namespace nnstretch::tflite
