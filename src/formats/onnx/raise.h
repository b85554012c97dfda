// From ONNX's operators to ours, one after another: the way back of lower.h, written against what
// operators mean and not against what our writer makes of them. An operator more is a function and
// a row in one of the files raise_*.cpp.
//
// A value of the file is a constant, a node of ours, or the real number that an int8 node stands
// for (behind a DequantizeLinear). An operator whose operands are all of the last kind and whose
// result goes straight into a QuantizeLinear, perhaps through a relu, is an int8 node; every other
// one is computed in float, as the file says. Nodes of four dimensions lie in NHWC or, `plain`, in
// the order that the file shows; a transposition between the two costs nothing until someone needs
// it.
#pragma once
#include <map>
#include <span>

#include "formats/onnx/file.h"
#include "ir/fresh_names.h"

namespace nnstretch::onnx {

// The one result of a node; -1 if it has none or several.
int result_of(const FileNode& node);

class Raising;

// What makes nodes of the operator at hand.
struct Row {
  std::string_view op;
  void (*raise)(Raising& it);
};
std::span<const Row> rows_of_layers();  // and windows
std::span<const Row> rows_of_arithmetic();
std::span<const Row> rows_of_moves();
std::span<const Row> rows_of_int8();

struct Value {
  enum class Kind { none, constant, node, real } kind = Kind::none;
  ir::NodeId id = 0;   // node; of a real value the node that stores it
  bool plain = false;  // four dimensions in the file's order
  Constant constant = {};
  std::vector<float> scales = {};         // of a constant behind a DequantizeLinear
  std::vector<int64_t> zero_points = {};  // as many
  size_t axis = 0;
  int origin = -1;  // the value whose name a constant has
};
// What reads a value and makes it int8: QuantizeLinear, perhaps behind an activation.
struct Sink {
  ir::Act act = ir::Act::none;
  ir::Quant quant;          // as int8
  DType dtype = DType::i8;  // in the file
  int value = -1;           // the result
  std::vector<size_t> nodes;
};

class Raising {
 public:
  // `ours`: the file was written by lower.h, so that names tell what belongs together.
  Raising(const File& file, bool ours) : file_(file), ours_(ours) {}
  // Inputs, operators and outputs; FormatError or ShapeError naming the operator.
  void run();
  ir::Graph graph() &&;
  // What was read in another way than one might expect.
  std::vector<std::string> notes() &&;
  ir::WeightStore weights() && { return std::move(weights_); }

  // ---- The node at hand, for its row.
  const FileNode& node() const { return *node_; }
  [[noreturn]] void refuse(std::string what) const;
  void need_inputs(size_t least, size_t most) const;
  bool has(size_t i) const { return i < node_->inputs.size() && node_->inputs[i] >= 0; }
  int in(size_t i) const;
  int out() const;
  const Constant* constant_in(size_t i) const;  // null: absent or computed
  ir::Shape shape_of(int value) const;          // as the file shows it
  size_t rank(size_t i) const { return shape_of(in(i)).size(); }
  void need_nchw(size_t i) const;

  // ---- Around it: the only node that reads a value which is no output, and what nodes are.
  const File& file() const { return file_; }
  bool ours() const { return ours_; }
  const FileNode* only_reader(int value) const;
  bool reads(const FileNode& node, int value) const;
  // A node that was fused gives its value instead of the node at hand, and is done.
  void take(const FileNode& node) { done_[index_of(node)] = true; }
  std::optional<Sink> sink(int value, bool may_have_act) const;
  std::optional<ir::Act> relu_kind(const FileNode& node) const;
  std::optional<std::pair<ir::Quant, DType>> quantisation(const FileNode& node) const;
  std::optional<float> scalar(int value) const;
  // The one number that a node takes beside `value`; nothing if it is not so.
  std::optional<float> scalar_beside(const FileNode& node, int value) const;

  // ---- Values as operands; `nhwc`: those of four dimensions so, else as the file has them.
  Value& value(int index) { return values_[static_cast<size_t>(index)]; }
  const Value& value(int index) const { return values_[static_cast<size_t>(index)]; }
  const std::string& name(int value) const { return value_names_.at(static_cast<size_t>(value)); }
  bool is_real(int index) const { return value(index).kind == Value::Kind::real; }
  const ir::TensorType& type(ir::NodeId id) const { return builder_.type(id); }
  ir::NodeId float_node(int index, bool nhwc, size_t rank = 0);
  ir::NodeId int8_node(int index, bool nhwc, size_t rank = 0);
  ir::NodeId laid_out(ir::NodeId id, bool plain, bool nhwc);

  // ---- Weights, by the value that holds them.
  ir::Tensor float_tensor(int index, bool transposed) const;
  std::optional<ir::Tensor> int8_weights(int index, bool transposed) const;
  std::optional<ir::Tensor> int8_bias(int index, const ir::Tensor& weights, ir::NodeId in) const;
  // Stored under that value's name, which is returned.
  std::string store(int index, const std::string& otherwise, ir::Tensor tensor);

  // ---- The value of the node at hand, or of `result` where others were taken into it.
  void give(ir::Op op, std::vector<int> operands, bool nhwc = true) {
    give(std::move(op), std::move(operands), nhwc, out());
  }
  void give(ir::Op op, std::vector<int> operands, bool nhwc, int result);
  void give_float(ir::Op op, std::vector<ir::NodeId> in, int result, bool plain,
                  std::vector<std::string> weights = {});
  void give_int8(ir::Op op, std::vector<ir::NodeId> in, const Sink& sink, bool plain,
                 std::vector<std::string> weights = {});
  // For operators that only move: int8 stays int8 without a QuantizeLinear behind it.
  void move(ir::Op op, std::vector<int> operands, bool nhwc, int result, bool result_plain);
  void alias(int from, int to);
  ir::NodeId add(ir::NodeSpec spec);
  // A value that the file does not show.
  int hidden(const std::string& wanted);
  // It stands between int8 values and is computed in float.
  void note_in_float(int result) { in_float_.push_back(name(result)); }

 private:
  void raise_node();
  ir::NodeId output_node(int output);
  // Whether an input of four dimensions has its channels last in the file.
  bool is_nhwc(int input) const;
  size_t index_of(const FileNode& node) const { return size_t(&node - file_.nodes().data()); }
  bool may_be_int8(int index) const;
  ir::NodeId constant_node(int index, bool nhwc, size_t rank, bool int8);
  ir::NodeId widened(ir::NodeId id, size_t rank, bool nhwc);
  std::string fresh(const std::string& wanted);
  ir::Place place_of(const std::string& text) const;  // of the metadata under kPlaceKey
  ir::Place place() const;

  const File& file_;
  bool ours_;
  ir::GraphBuilder builder_;
  ir::WeightStore weights_;
  std::vector<Value> values_;
  std::vector<std::string> value_names_;
  std::vector<bool> done_;             // by node
  std::vector<std::string> in_float_;  // results between int8 values that are computed in float
  ir::FreshNames names_;
  std::map<std::string, ir::NodeId> made_;  // nodes between, by what they are made of
  std::vector<ir::NodeId> outputs_;
  const FileNode* node_ = nullptr;
};

}  // namespace nnstretch::onnx
