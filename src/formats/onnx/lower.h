// From our operators to those of ONNX, one node after another. The value of a node has the node's
// name; what stands between its operators has the node's name and a suffix of layout.h. An int8
// node is the float operator with a QuantizeLinear behind it, and everyone who reads an int8 value
// reads its DequantizeLinear.
#pragma once
#include <map>

#include "formats/onnx/emitter.h"

namespace nnstretch::onnx {

using Names = std::vector<std::string>;

// The node that is being lowered: its operands as float values, and the name its float result
// gets (lower() may choose another that holds the result already).
struct Site {
  const ir::Node& node;
  Names in;
  std::string out;
  bool int8;
};

class Lowering {
 public:
  // Both must outlive it.
  Lowering(Emitter& out, const ir::Model& model);
  // Nodes in order, each once; FormatError for one that refusal() refuses or whose weights do not
  // fit.
  void add(ir::NodeId id);

  // ---- For the functions lower().
  Emitter& out() { return out_; }
  const ir::Node& operand(const Site& site, size_t i) const;
  std::string beside(const Site& site, std::string_view suffix);
  // An operator and behind it the activation that the node has fused.
  void activated(ir::Act act, const std::string& type, const Names& in, Site& site,
                 const std::vector<Attribute>& attributes = {});
  void activate(ir::Act act, const std::string& in, const Site& site);
  // The constants scale and zero point of an int8 value.
  Names scale_and_zero(ir::NodeId id);
  // A weight as a float value of the file: a constant, or one with a DequantizeLinear behind it.
  // `product` scales, those of a bias, are used where the weight has none of its own.
  std::string weight(const Site& site, size_t index);

 private:
  // An operand as a float value. Of a sum, difference or product, constants of fewer dimensions
  // than a result of four get as many, for NCHW is not aligned at its last dimension as NHWC is.
  std::string aligned(const ir::Node& node, ir::NodeId operand);
  void gelu(const std::string& in, const Site& site);
  void hard_swish(const std::string& in, const Site& site);
  // The float value that an int8 value stands for, and back.
  std::string real(ir::NodeId id);
  void quantise(const Site& site, ir::NodeId id);
  // A constant as a value of `rank` dimensions.
  std::string constant(ir::NodeId id, size_t rank);
  std::vector<float> weight_scales(const Site& site, size_t index) const;

  Emitter& out_;
  const ir::Model& model_;
  std::map<ir::NodeId, Names> scales_;
  std::map<std::pair<ir::NodeId, size_t>, std::string> constants_;  // by rank
  std::map<ir::NodeId, std::string> reals_;
  std::map<std::string, std::string> weights_;  // by name: a weight stands once in the file
};

// Write the node if it is of their kind. Of layers: windows too.
bool lower_layer(Lowering& it, Site& site);
bool lower_arithmetic(Lowering& it, Site& site);
bool lower_move(Lowering& it, Site& site);

}  // namespace nnstretch::onnx
