// From TFLite's operators to ours, one operator after another: the way back of lower.h, written
// against what operators mean and not against what our writer makes of them. An operator more is a
// function and a row in one of the files raise_*.cpp.
//
// A few operators have no node of their own but belong to the next one: the PAD before a window,
// the RESHAPE and TRANSPOSE of a shuffle, the LOGISTIC of a float silu. Their value is kept as what
// it is of another tensor until the operator comes that completes it; any other reader of it is an
// error.
#pragma once
#include <map>
#include <span>
#include <variant>

#include "formats/tflite/file.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/places.h"
#include "ir/fresh_names.h"

namespace nnstretch::tflite {

class Raising;

// What makes nodes of the operator at hand.
struct Row {
  schema::BuiltinOperator code;
  void (*raise)(Raising& it);
};
std::span<const Row> rows_of_layers();  // and windows
std::span<const Row> rows_of_arithmetic();
std::span<const Row> rows_of_moves();

// A value that is no node yet: made of the tensor `of`.
struct Padded {
  int of;
  ir::Pads pads;
  bool lowest;  // filled with the lowest number, else with zero
};
struct Grouped {  // channels as groups, on the way to a shuffle
  int of;
  int64_t groups;
};
struct Gate {  // the sigmoid of `of`
  int of;
};
using Value = std::variant<std::monostate, ir::NodeId, Padded, Grouped, Gate>;

class Raising {
 public:
  // `metadata` is null if the file has none of ours.
  Raising(File& file, const formats::Metadata* metadata, Places places);
  // Inputs, operators and outputs; FormatError or ShapeError naming the operator.
  void run();
  ir::Graph graph() && { return std::move(builder_).finish(std::move(outputs_)); }
  ir::WeightStore weights() && { return std::move(weights_); }

  // ---- The operator at hand, for its row.
  const FileOperator& op() const { return *op_; }
  const ir::Place& place() const { return places_.operators[index_].at; }
  [[noreturn]] void refuse(std::string what) const;
  void need_inputs(size_t least, size_t most) const;
  const FileTensor& in(size_t i) const;
  const FileTensor& out() const { return file_.tensor(op_->output()); }
  const Value& value(size_t i) const { return values_[static_cast<size_t>(op_->inputs.at(i))]; }
  ir::NodeId operand(size_t i) const { return node(op_->inputs.at(i)); }
  std::vector<ir::NodeId> operands();
  template <class Options>
  const Options& options() const {
    if (op_->raw->builtin_options_type() != schema::BuiltinOptionsTraits<Options>::enum_value ||
        !op_->raw->builtin_options())
      refuse("its options are missing");
    return *static_cast<const Options*>(op_->raw->builtin_options());
  }
  std::vector<int32_t> int32s(size_t i) const { return int32s_of(in(i)); }
  std::vector<int32_t> int32s_of(const FileTensor& tensor) const;
  ir::Act act_of_field(schema::ActivationFunctionType field) const;
  bool has_bias() const;

  // ---- Around it.
  const File& file() const { return file_; }
  bool ours() const { return ours_; }
  const ir::Graph& so_far() const { return builder_.so_far(); }
  ir::NodeId node(int tensor) const;
  // The only reader of a tensor that is no output, if it is of this kind.
  const FileOperator* only_reader(int tensor, schema::BuiltinOperator code) const;

  // ---- What becomes of it.
  void give(int tensor, ir::Op op, std::vector<ir::NodeId> inputs,
            std::vector<std::string> weights = {});
  void give(ir::Op op, std::vector<ir::NodeId> inputs, std::vector<std::string> weights = {});
  ir::NodeId add(ir::NodeSpec spec);  // under a name that no other node has
  void keep(Value value) { values_[static_cast<size_t>(op_->output())] = std::move(value); }
  // A constant of float32 in place of packed weights and the operator that unpacks them.
  void unpack_weights();
  // Weights of a convolution or linear layer: stored under their tensor's name, which is returned.
  std::string store_weights(const ir::Shape& shape, int axis, const Order* from_file);
  std::string store_bias(int64_t channels, const std::string& weights);

 private:
  void add_inputs();
  ir::NodeId node_or_constant(int tensor);
  ir::NodeId input(const FileTensor& tensor, const ir::Place& at);
  ir::NodeId output(int tensor);
  std::string store(int tensor, ir::Tensor value);
  std::vector<float> channel_scales(const FileTensor& tensor, int axis, int64_t channels);

  File& file_;
  bool ours_;
  Places places_;
  ir::GraphBuilder builder_;
  ir::WeightStore weights_;
  ir::FreshNames node_names_, weight_names_;        // tensors of a file may share a name
  std::map<int, std::vector<std::string>> stored_;  // names in weights_, by tensor
  std::vector<Value> values_;                       // by tensor
  std::vector<ir::NodeId> outputs_;
  size_t index_ = 0;
  const FileOperator* op_ = nullptr;
};

}  // namespace nnstretch::tflite
