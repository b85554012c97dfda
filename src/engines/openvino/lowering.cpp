// How int8 is spelled for OpenVINO: values are float, and a FakeQuantize says where they stand on
// 256 steps. One in front of every convolution and linear layer makes its kernel int8, and one
// between a convolution and the sum it goes into makes them one kernel, activation included. A
// value exists in two forms: as it was `computed`, which only the end of the part may read, for it
// rounds and clamps itself, and `exact`, on the steps and within the range of its type, for every
// operator: many files leave a relu to the range (zero point -128), and calibrated ranges clip.
#include "engines/openvino/lowering.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <openvino/op/add.hpp>
#include <openvino/op/avg_pool.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convolution.hpp>
#include <openvino/op/group_conv.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/max_pool.hpp>
#include <openvino/op/minimum.hpp>
#include <openvino/op/multiply.hpp>
#include <openvino/op/pad.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/reduce_mean.hpp>
#include <openvino/op/result.hpp>
#include <openvino/op/shuffle_channels.hpp>
#include <openvino/op/slice.hpp>
#include <openvino/op/softmax.hpp>
#include <openvino/op/subtract.hpp>

#include "engines/openvino/filters.h"
#include "engines/openvino/nodes.h"

namespace nnstretch::engines::openvino {
namespace {

using ov::op::v0::Constant;

// The forms in which a node's value exists so far; an empty one has not been needed yet.
struct Forms {
  std::vector<size_t> inputs;  // the value is these inputs of the part, joined on the last axis
  Value computed;              // float, NCHW, neither rounded nor clamped
  Value exact;                 // float, NCHW, on the steps of its scale; made on demand
  bool turned = false;         // a Reshape or Transpose stands between it and its kernel
  int linears = 0;             // how many linear layers in a row it is made of, all in rank 2
};

bool exists(const Value& value) { return value.get_node() != nullptr; }

ov::Strides strides(const ir::Window& w) {
  return {static_cast<size_t>(w.stride.h), static_cast<size_t>(w.stride.w)};
}

class Lowering {
 public:
  Lowering(const ir::Model& part, const std::set<std::string>& in_float)
      : graph_(part.graph),
        weights_(part.weights),
        in_float_(in_float),
        has_steps_(std::any_of(graph_.nodes().begin(), graph_.nodes().end(),
                               [](const ir::Node& n) { return n.type.quant.has_value(); })),
        forms_(part.graph.size()) {}

  Lowered run(const std::string& name) {
    for (at_ = 0; at_ < graph_.size(); ++at_) {
      forms_[at_].turned = turned();
      forms_[at_].linears = linears();
      std::visit([&](const auto& op) { lower(op); }, graph_.node(at_).op);
    }
    ov::ResultVector results;
    for (size_t i = 0; i < graph_.outputs().size(); ++i) {
      const ir::NodeId id = graph_.outputs()[i];
      if (!forms_[id].inputs.empty()) {
        wiring_.copies.push_back({i, {forms_[id].inputs, false}});
        continue;
      }
      results.push_back(std::make_shared<ov::op::v0::Result>(output(id)));
      wiring_.results.push_back(i);
    }
    if (results.empty()) return {nullptr, std::move(wiring_)};
    return {std::make_shared<ov::Model>(results, parameters_, name), std::move(wiring_)};
  }

 private:
  const ir::Node& node() const { return graph_.node(at_); }
  ir::NodeId operand(size_t i) const { return node().inputs.at(i); }
  const ir::Tensor& weight(size_t i) const { return weights_.at(node().weights.at(i)); }

  void computed(Value value, ir::Act act = ir::Act::none) {
    forms_[at_].computed = activate(value, act);
  }
  void moved(Value value) { forms_[at_].computed = forms_[at_].exact = value; }

  // Whether the node's value is one that a Reshape or Transpose gave, seen through operators that
  // have no layout of their own.
  bool turned() const {
    if (ir::is_any<ir::Reshape, ir::Transpose>(node().op)) return true;
    if (ir::is_any<ir::Conv2d, ir::MaxPool, ir::AvgPool>(node().op)) return false;
    return std::any_of(node().inputs.begin(), node().inputs.end(),
                       [&](ir::NodeId id) { return forms_[id].turned; });
  }

  int linears() const {
    if (node().type.shape.size() != 2) return 0;
    int count = 0;
    for (const ir::NodeId id : node().inputs) count = std::max(count, forms_[id].linears);
    return count + ir::is_any<ir::Linear>(node().op);
  }

  // ---- reading

  // uint8 inputs are taken as they are, int8 ones plus 128 (wiring.h).
  Value exact(ir::NodeId id) {
    Forms& forms = forms_[id];
    if (exists(forms.exact)) return forms.exact;
    const ir::TensorType& type = graph_.node(id).type;
    if (exists(forms.computed))
      forms.exact =
          type.quant ? fake_quantise(forms.computed, type.dtype, *type.quant) : forms.computed;
    else if (type.quant)
      forms.exact = to_nchw(dequantise(parameter(id, ov::element::u8), type.dtype, *type.quant));
    else
      forms.exact = to_nchw(parameter(id, ov::element::f32));
    return forms.exact;
  }

  // The inputs a value is made of as a parameter of the model; uint8 is int8 plus 128.
  Value parameter(ir::NodeId id, ov::element::Type type) {
    const Feed feed{forms_[id].inputs, graph_.node(id).type.dtype == DType::i8};
    auto& feeds = wiring_.parameters;
    const auto known = std::find(feeds.begin(), feeds.end(), feed);
    if (known != feeds.end()) return parameters_[static_cast<size_t>(known - feeds.begin())];
    const ir::Node& node = graph_.node(id);
    parameters_.push_back(std::make_shared<ov::op::v0::Parameter>(type, ov_shape(node.type.shape)));
    parameters_.back()->set_friendly_name(node.name);
    feeds.push_back(feed);
    return parameters_.back();
  }

  Value output(ir::NodeId id) {
    const ir::TensorType& type = graph_.node(id).type;
    const auto& [inputs, computed, exact, turned, linears] = forms_[id];
    const Value stored = type.quant ? quantise(computed, type.dtype, *type.quant) : computed;
    return turned ? to_nhwc(stored) : output_nhwc(stored);
  }

  // ---- one function an operator

  void lower(const ir::Input&) { forms_[at_].inputs = {input_count_++}; }

  void lower(const ir::Constant& op) {
    const std::vector<float> values = real_values(weight(0), op.type);
    const Value stored =
        std::make_shared<Constant>(ov::element::f32, ov_shape(op.type.shape), values.data());
    moved(to_nchw(stored));
  }

  void lower(const ir::Conv2d& op) {
    const ir::Window window = computable(op);
    const ir::Tensor w = widened(weight(0), window.kernel.h, window.kernel.w);
    const Value y = op.groups == 1 ? plain_convolution(window, w)
                                   : grouped_convolution(window, w, static_cast<size_t>(op.groups));
    y.get_node()->set_friendly_name(node().name);
    computed(op.bias ? with_bias(y, weight(1)) : y, op.act);
  }

  // The window that OpenVINO 2026.4.1 computes right, its kernel larger by zeros where need be.
  //  - A stride of 1x2 or more that leaves one column goes wrong with one channel a group (oneDNN
  //    with AVX-512): the kernel takes all the width, and the stride is 1.
  //  - It moves the stride of a dense 1x1 kernel to the layer before, and takes no account of
  //    padding, be it the layer's or that of a Pad joined with it: the kernel gets a second row or
  //    column. So it does if the strides are unequal, which could make the layer before one of the
  //    first kind.
  ir::Window computable(const ir::Conv2d& op) const {
    ir::Window w = op.window;
    const ir::Shape& in = graph_.node(operand(0)).type.shape;
    const bool is_unequal = w.stride.h != w.stride.w;
    if (w.stride.h == 1 && is_unequal && node().type.shape[2] == 1) {
      w.kernel.w = static_cast<int>(in[2]) + w.pads.left + w.pads.right;
      w.stride.w = 1;
    } else if (op.groups == 1 && w.kernel == ir::Size2{1, 1} && w.stride != ir::Size2{1, 1} &&
               (is_unequal || w.pads != ir::Pads{} || follows_pad())) {
      if (w.stride.w > 1)
        widen(w.kernel.w, w.pads.right, static_cast<int>(in[2]) + w.pads.left, w.stride.w);
      else
        widen(w.kernel.h, w.pads.bottom, static_cast<int>(in[1]) + w.pads.top, w.stride.h);
    }
    return w;
  }
  // A kernel of 1 becomes 2, with as many results.
  static void widen(int& kernel, int& pad_after, int before, int stride) {
    kernel = 2;
    if ((before + pad_after - 1) % stride == 0) ++pad_after;
  }
  // Through what keeps the shape, for the library may leave it out.
  bool follows_pad() const {
    ir::NodeId id = operand(0);
    while (ir::is_any<ir::Reshape, ir::Slice, ir::MaxPool, ir::Dequantize>(graph_.node(id).op) &&
           graph_.node(graph_.node(id).inputs[0]).type.shape == graph_.node(id).type.shape)
      id = graph_.node(id).inputs[0];
    return graph_.op_if<ir::Pad>(id) != nullptr;
  }

  Value plain_convolution(const ir::Window& window, const ir::Tensor& w) {
    const ov::Shape shape = ov_shape(w.shape);
    const auto [begin, end] = pads(window);
    return std::make_shared<ov::op::v1::Convolution>(
        layer_input(), filter(w, shape, {shape[0], 1, 1, 1}), strides(window), begin, end,
        ov::Strides{1, 1});
  }

  Value grouped_convolution(const ir::Window& window, const ir::Tensor& w, size_t groups) {
    const ov::Shape s = ov_shape(w.shape);
    const size_t width = s[0] / groups;
    const auto [begin, end] = pads(window);
    return std::make_shared<ov::op::v1::GroupConvolution>(
        layer_input(), filter(w, {groups, width, s[1], s[2], s[3]}, {groups, width, 1, 1, 1}),
        strides(window), begin, end, ov::Strides{1, 1});
  }

  Value layer_input() {
    return in_float_.contains(node().name) ? kept_float(operand(0)) : exact(operand(0));
  }

  static std::pair<ov::CoordinateDiff, ov::CoordinateDiff> pads(const ir::Window& w) {
    return {{w.pads.top, w.pads.left}, {w.pads.bottom, w.pads.right}};
  }

  Value with_bias(const Value& y, const ir::Tensor& tensor) {
    return std::make_shared<ov::op::v1::Add>(y, per_channel(bias(tensor), y.get_shape().size()));
  }

  void lower(const ir::Linear& op) {
    const ov::Shape shape = ov_shape(weight(0).shape);
    const Value w = filter(weight(0), shape, {shape[0], 1});
    const auto y = std::make_shared<ov::op::v0::MatMul>(layer_input(), w, false, true);
    y->set_friendly_name(node().name);
    computed(with_bias(y, weight(1)), op.act);
  }

  void lower(const ir::BatchNorm& op) {
    const auto gamma = weight(0).as<float>(), beta = weight(1).as<float>();
    const auto mean = weight(2).as<float>(), variance = weight(3).as<float>();
    std::vector<float> scale(gamma.size()), shift(gamma.size());
    for (size_t c = 0; c < gamma.size(); ++c) {
      scale[c] = gamma[c] / std::sqrt(variance[c] + op.eps);
      shift[c] = beta[c] - mean[c] * scale[c];
    }
    const Value x = exact(operand(0));
    const size_t rank = x.get_shape().size();
    const Value scaled = std::make_shared<ov::op::v1::Multiply>(x, per_channel(scale, rank));
    computed(std::make_shared<ov::op::v1::Add>(scaled, per_channel(shift, rank)));
  }

  void lower(const ir::Activation& op) { computed_apart(exact(operand(0)), op.kind); }

  // Of what is no convolution or linear layer. OpenVINO 2026.4.1 folds a Clamp between two
  // FakeQuantize into them, up to 8 steps off; not a Minimum.
  void computed_apart(const Value& x, ir::Act act) {
    if (act == ir::Act::relu6)
      computed(std::make_shared<ov::op::v1::Minimum>(activate(x, ir::Act::relu), scalar(6)));
    else
      computed(x, act);
  }

  // An operand as the result of a broadcast needs it: our shapes are aligned at the channels.
  Value spread(size_t i) {
    const Value x = exact(operand(i));
    const ir::Shape& shape = graph_.node(operand(i)).type.shape;
    const size_t rank = node().type.shape.size();
    if (rank < 4 && forms_[operand(i)].linears > 1) return reshape(x, {1, shape[0], shape[1]});
    if (rank < 4 || shape.size() == 4) return x;
    ir::Shape full(4 - shape.size(), 1);
    full.insert(full.end(), shape.begin(), shape.end());
    return to_nchw(reshape(x, full));
  }

  // OpenVINO 2026.4.1 joins linear layers in a row into one kernel of its own, and crashes while it
  // compiles an operator on that one's result and one of another such kernel (the sum with a relu,
  // the difference from an input): spread() gives such an operand a third dimension.
  template <class Op>
  Value both() {
    const Value y = std::make_shared<Op>(spread(0), spread(1));
    return y.get_shape().size() == node().type.shape.size() ? y : reshape(y, node().type.shape);
  }

  void lower(const ir::Add& op) { computed_apart(both<ov::op::v1::Add>(), op.act); }
  void lower(const ir::Sub& op) { computed_apart(both<ov::op::v1::Subtract>(), op.act); }

  void lower(const ir::Mul& op) {
    if (multiplies_by_own_sigmoid())
      computed(activate(exact(operand(0)), ir::Act::silu), op.act);
    else
      computed_apart(both<ov::op::v1::Multiply>(), op.act);
  }

  // Mul(x, sigmoid(x)), as silu is written in int8 graphs: one kernel that fuses with a
  // convolution. Without the steps of 1/256 that the sigmoid has: above 0 that moves a product by
  // less than a step, for its range ends at 255 of them; below by |x| / 512, and by less than
  // 1/82 however low x is.
  bool multiplies_by_own_sigmoid() const {
    const auto* gate = graph_.op_if<ir::Activation>(operand(1));
    if (!gate || gate->kind != ir::Act::sigmoid || graph_.node(operand(1)).inputs[0] != operand(0))
      return false;
    const auto& quant = graph_.node(operand(1)).type.quant;
    if (!quant) return true;
    const ir::Quant x = *graph_.node(operand(0)).type.quant;
    const float lowest = x.scale * static_cast<float>(x.zero_point + 128);
    return *quant == ir::Quant{1.0f / 256, -128} &&
           std::min(lowest / 512, 1.0f / 82) <= node().type.quant->scale;
  }

  void lower(const ir::Mean& op) {
    const auto axes = Constant::create(ov::element::i64, {2}, {2, 3});
    computed(std::make_shared<ov::op::v1::ReduceMean>(exact(operand(0)), axes, op.keep));
  }

  struct PoolShape {
    ov::Shape begin, end, kernel;
  };
  static PoolShape pool_shape(const ir::Window& w) {
    const auto size = [](int n) { return static_cast<size_t>(n); };
    return {{size(w.pads.top), size(w.pads.left)},
            {size(w.pads.bottom), size(w.pads.right)},
            {size(w.kernel.h), size(w.kernel.w)}};
  }

  void lower(const ir::MaxPool& op) {
    const auto [begin, end, kernel] = pool_shape(op.window);
    const auto pool = std::make_shared<ov::op::v8::MaxPool>(exact(operand(0)), strides(op.window),
                                                            ov::Strides{1, 1}, begin, end, kernel);
    moved(pool->output(0));
  }

  // Keeps the scale, but its means lie between the steps. OpenVINO 2026.4.1 counts the stored 0 as
  // padding of an int8 average, whatever the zero point is, and needs AVX-512 for it; a float one
  // behind int8 values becomes one. A Minimum that changes nothing keeps the average in float, and
  // a Pad before it from being taken into it.
  void lower(const ir::AvgPool& op) {
    const auto [begin, end, kernel] = pool_shape(op.window);
    computed(std::make_shared<ov::op::v1::AvgPool>(kept_float(operand(0)), strides(op.window),
                                                   begin, end, kernel, !op.count_padding));
  }
  Value kept_float(ir::NodeId id) {
    if (!has_steps_) return exact(id);
    return std::make_shared<ov::op::v1::Minimum>(exact(id),
                                                 scalar(std::numeric_limits<float>::max()));
  }

  // Of stored values it, too, pads with the wrong one where the zero point is 127.
  void lower(const ir::Pad& op) {
    const auto sides = [](int64_t h, int64_t w) {
      return Constant::create(ov::element::i64, {4}, {int64_t{0}, int64_t{0}, h, w});
    };
    moved(std::make_shared<ov::op::v1::Pad>(
        kept_float(operand(0)), sides(op.pads.top, op.pads.left),
        sides(op.pads.bottom, op.pads.right), scalar(0), ov::op::PadMode::CONSTANT));
  }

  // What follows is said of NHWC, whatever the rank.
  void lower(const ir::Reshape& op) {
    moved(to_nchw(reshape(to_nhwc(exact(operand(0))), op.shape)));
  }
  // OpenVINO 2026.4.1 joins a transposition of rank 3 with the Reshape before it as if that had
  // always joined height and width: so it gets a fourth dimension.
  void lower(const ir::Transpose& op) {
    const Value x = to_nhwc(exact(operand(0)));
    if (op.order.size() != 3)
      return moved(to_nchw(transpose(x, {op.order.begin(), op.order.end()})));
    ir::Shape wide = graph_.node(operand(0)).type.shape;
    wide.insert(wide.begin(), 1);
    std::vector<int> order = {0};
    for (const int64_t axis : op.order) order.push_back(static_cast<int>(axis) + 1);
    moved(reshape(transpose(reshape(x, wide), order), node().type.shape));
  }

  void lower(const ir::Softmax&) {
    const size_t rank = node().type.shape.size();
    computed(std::make_shared<ov::op::v8::Softmax>(exact(operand(0)),
                                                   rank == 4 ? 1 : static_cast<int64_t>(rank) - 1));
  }

  void lower(const ir::Concat& op) {
    const int last_axis = static_cast<int>(node().type.shape.size()) - 1;
    if (op.axis == last_axis && joins_inputs()) {
      for (const ir::NodeId id : node().inputs)
        for (const size_t input : forms_[id].inputs) forms_[at_].inputs.push_back(input);
      return;
    }
    ov::OutputVector pieces;
    for (const ir::NodeId id : node().inputs) {
      wiring_.joins_all &= forms_[id].inputs.empty();
      pieces.push_back(exact(id));
    }
    moved(concatenation(pieces, nchw_axis(op.axis, node().type.shape.size())));
  }

  bool joins_inputs() const {
    return std::all_of(node().inputs.begin(), node().inputs.end(),
                       [&](ir::NodeId id) { return !forms_[id].inputs.empty(); });
  }

  void lower(const ir::Slice& op) {
    const auto one = [](int64_t i) { return Constant::create(ov::element::i64, {1}, {i}); };
    const int axis = nchw_axis(op.axis, node().type.shape.size());
    moved(std::make_shared<ov::op::v8::Slice>(exact(operand(0)), one(op.begin),
                                              one(op.begin + op.size), one(1), one(axis)));
  }

  // OpenVINO's operator takes the number of rows of the (rows, columns) view of the channels.
  void lower(const ir::Shuffle& op) {
    const int rank = static_cast<int>(node().type.shape.size());
    moved(std::make_shared<ov::op::v0::ShuffleChannels>(
        exact(operand(0)), nchw_axis(rank - 1, node().type.shape.size()), op.groups));
  }

  void lower(const ir::Quantize&) { computed(exact(operand(0))); }
  void lower(const ir::Dequantize&) { computed(exact(operand(0))); }

  const ir::Graph& graph_;
  const ir::WeightStore& weights_;
  const std::set<std::string>& in_float_;
  const bool has_steps_;      // some value is int8 or uint8
  std::vector<Forms> forms_;  // by node
  ov::ParameterVector parameters_;
  Wiring wiring_;
  size_t input_count_ = 0;  // of the graph, so far
  ir::NodeId at_ = 0;       // the node being lowered
};

}  // namespace

Lowered lower(const ir::Model& part, const std::set<std::string>& in_float) {
  return Lowering(part, in_float).run(part.name);
}

}  // namespace nnstretch::engines::openvino
