// From TFLite's operators to ours, one operator after another: the way back of lower.h, written
// against what operators mean and not against what our writer makes of them. An operator more is a
// function here and a line in the table of raise.cpp.
//
// A few operators have no node of their own but belong to the next one: the PAD before a window,
// the RESHAPE and TRANSPOSE of a shuffle, the LOGISTIC of a float silu. Their value is kept as what
// it is of another tensor until the operator comes that completes it; any other reader of it is an
// error.
#pragma once
#include <map>
#include <variant>

#include "formats/tflite/file.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/places.h"
#include "ir/fresh_names.h"

namespace nnstretch::tflite {

class Raising {
 public:
  // `metadata` is null if the file has none of ours.
  Raising(File& file, const formats::Metadata* metadata, Places places);
  // Inputs, operators and outputs; FormatError or ShapeError naming the operator.
  void run();
  ir::Graph graph() && { return std::move(builder_).finish(std::move(outputs_)); }
  ir::WeightStore weights() && { return std::move(weights_); }

 private:
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
  struct Entry;
  static const Entry kTable[];

  void add_inputs();
  void conv();
  void depthwise_conv();
  void max_pool();
  void avg_pool();
  void mean();
  void add();
  void sub();
  void mul();
  void softmax();
  void concat();
  void slice();
  void strided_slice();
  void split();
  void squeeze();
  void linear();
  void pad();
  void reshape();
  void transpose();
  void requantise();
  void dequantise();
  void logistic();
  void relu() { activation(ir::Act::relu); }
  void relu6() { activation(ir::Act::relu6); }
  void hard_swish() { activation(ir::Act::hard_swish); }
  void gelu();
  void activation(ir::Act act);

  // Of the operator at hand.
  void need_inputs(size_t least, size_t most) const;
  const FileTensor& in(size_t i) const;
  const FileTensor& out() const { return file_.tensor(op_->output()); }
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
  int axis_of(int64_t axis, const ir::Shape& shape) const;
  // Elements of the first operand; -1 never.
  void cut(const std::vector<int64_t>& begin, const std::vector<int64_t>& size);
  bool begins_shuffle() const;
  const FileOperator* only_reader(int tensor, schema::BuiltinOperator code) const;
  ir::Act act_of_field(schema::ActivationFunctionType field) const;
  [[noreturn]] void refuse(std::string what) const;

  ir::NodeId node(int tensor) const;
  ir::NodeId node_or_constant(int tensor);
  void give(int tensor, ir::Op op, std::vector<ir::NodeId> inputs,
            std::vector<std::string> weights = {});
  void give(ir::Op op, std::vector<ir::NodeId> inputs, std::vector<std::string> weights = {});
  // Of a convolution or linear layer: in float between int8 values if its weights are float.
  void give_layer(ir::Op op, ir::NodeId x, std::vector<std::string> weights);
  ir::NodeId add(ir::NodeSpec spec);  // under a name that no other node has
  ir::NodeId input(const FileTensor& tensor, const ir::Place& at);
  ir::NodeId output(int tensor);
  void keep(Value value) { values_[static_cast<size_t>(op_->output())] = std::move(value); }
  const Value& value(size_t i) const { return values_[static_cast<size_t>(op_->inputs.at(i))]; }

  // The input of a window with all its padding, and the window's pads.
  struct Slid {
    ir::NodeId in;
    ir::Pads pads;
  };
  bool is_of_a_window() const;
  // The operand and window of a pool.
  std::pair<ir::NodeId, ir::Window> pool(bool padding_must_lose) const;
  Slid slid(schema::Padding padding, ir::Window window, bool padding_must_lose) const;
  template <class Options>
  ir::Window window(const Options& options, int64_t height, int64_t width) const;
  // Of a filter whose dimensions in the file are (1 or out, height, width, in or out).
  template <class Options>
  void convolution(bool depthwise);

  // A constant of float32 in place of packed weights and the operator that unpacks them.
  void unpack_weights();
  // Weights of a convolution or linear layer: stored under their tensor's name, which is returned.
  std::string store_weights(const ir::Shape& shape, int axis, const Order* from_file);
  std::string store_bias(int64_t channels, const std::string& weights);
  bool has_bias() const;
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
