// Random small networks with weights and inputs: two to eight operators out of all of ir/ops,
// float, int8 or both, in every order that fits. A seed gives one network, on every machine.
//     const RandomNetwork network = random_network(17);
//     network.values[id];   // what the reference kernels give for network.inputs
#pragma once
#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "base/error.h"
#include "engines/network_values.h"
#include "ir/graph.h"
#include "support/samples.h"

namespace nnstretch::testing {

struct RandomNetwork {
  uint32_t seed = 0;
  ir::Model model;
  std::vector<Bytes> inputs;
  // Weights of int8 are within +-64: the sum of two products fits 16 bits, so that engines which
  // add up two products so on a CPU without VNNI do not saturate.
  bool narrow_weights = true;
};

class RandomNetworkMaker {
 public:
  explicit RandomNetworkMaker(uint32_t seed) : random_(seed) {
    network_.seed = seed;
    const int kind = random_.integer(0, 9);
    floats_ = kind < 4 || kind == 9, int8s_ = kind >= 4;
    network_.narrow_weights = random_.integer(0, 3) > 0;
    wide_ = network_.narrow_weights ? 64 : 127;
  }

  RandomNetwork make() && {
    add_input(random_shape());
    const size_t wanted = static_cast<size_t>(random_.integer(2, 8));
    for (int tries = 0; operators_ < wanted && tries < 400; ++tries) try_one();
    network_.model.graph = std::move(builder_).finish(random_outputs());
    network_.model.name = fmt::format("random{}", network_.seed);
    return std::move(network_);
  }

 private:
  using Try = void (RandomNetworkMaker::*)();
  const ir::TensorType& type(ir::NodeId id) const { return builder_.type(id); }
  const ir::Shape& shape(ir::NodeId id) const { return type(id).shape; }
  size_t size() const { return builder_.so_far().size(); }
  bool chance(int one_in) { return random_.integer(1, one_in) == 1; }
  std::string fresh(std::string_view prefix) { return fmt::format("{}{}", prefix, size()); }

  // ---- what there is

  // One of every kind of shape that is a special case somewhere.
  ir::Shape random_shape() {
    const int64_t n = random_.one_of({1, 1, 1, 2}), c = random_.one_of({2, 3, 4, 8, 16});
    const int64_t h = random_.integer(1, 8), w = random_.integer(1, 8),
                  side = random_.integer(2, 5);
    switch (random_.integer(0, 9)) {
      case 0:
        return {n, side, side, side};
      case 1:
        return {n, 1, 1, c};
      case 2:
        return {n, h, w, 1};
      case 3:
        return {n, random_.one_of({1, 2, 3, 7, 12, 33})};
      case 4:
        return {n, h, c};
      default:
        return {n, h, w, c};
    }
  }

  ir::Quant random_quant(float scale) {
    const int zero = random_.one_of({-128, -128, 127, 0, random_.integer(-128, 127),
                                     random_.integer(-128, 127), random_.integer(-60, 60)});
    return {scale, zero};
  }

  ir::NodeId add_input(const ir::Shape& shape) {
    ir::TensorType type{DType::f32, shape, {}};
    if (int8s_ && (!floats_ || chance(2)) && !chance(6)) {
      type.dtype = chance(6) ? DType::u8 : DType::i8;
      type.quant = random_quant(random_.scale(0.005f, 0.5f));
      if (type.dtype == DType::u8) type.quant->zero_point += 128;
    }
    return add_input(type);
  }
  ir::NodeId add_input(const ir::TensorType& type) {
    network_.inputs.push_back(random_values(type, random_));
    return keep({.name = fresh("x"), .op = ir::Input{type}}, network_.inputs.back());
  }

  // A value of this type; with luck one that is there already.
  ir::NodeId constant(const ir::TensorType& type) {
    if (chance(3))
      for (ir::NodeId id = 0; id < size(); ++id)
        if (builder_.so_far().op_if<ir::Constant>(id) && this->type(id) == type) return id;
    const std::string name = fresh("k");
    network_.model.weights.set(name + ".value", random_constant(type, random_));
    const Bytes value = *network_.model.weights.at(name + ".value").bytes;
    return keep({.name = name, .op = ir::Constant{type}, .weights = {name + ".value"}}, value);
  }

  // A computed value or an input; mostly one that nobody reads yet.
  ir::NodeId any() {
    std::vector<ir::NodeId> unread, all;
    for (ir::NodeId id = 0; id < size(); ++id) {
      if (builder_.so_far().op_if<ir::Constant>(id) || is_end(id)) continue;
      all.push_back(id);
      if (builder_.so_far().readers(id).empty()) unread.push_back(id);
    }
    const auto& from = !unread.empty() && !chance(3) ? unread : all;
    return from.at(static_cast<size_t>(random_.integer(0, static_cast<int>(from.size()) - 1)));
  }
  // uint8 made by an operator: nothing computes on it but what leads back.
  bool is_end(ir::NodeId id) const {
    return type(id).dtype == DType::u8 && !builder_.so_far().op_if<ir::Input>(id);
  }

  ir::Act random_act(ir::NodeId operand) {
    using ir::Act;
    if (!chance(2)) return Act::none;
    if (type(operand).quant || chance(2)) return random_.one_of({Act::relu, Act::relu6});
    return random_.one_of({Act::silu, Act::gelu, Act::sigmoid, Act::hard_sigmoid, Act::hard_swish});
  }

  // ---- adding

  ir::NodeId keep(ir::NodeSpec spec, Bytes value) {
    values_.push_back(std::move(value));
    return builder_.add(std::move(spec));
  }

  // The operator with weights, and for int8 a scale that its values can be seen on. ShapeError if
  // it does not fit; then nothing has changed.
  ir::NodeId add(ir::NodeSpec spec) {
    ir::GraphBuilder trial = builder_;
    if (spec.name.empty()) spec.name = fresh("n");
    const bool stored = is_stored(spec);
    if (stored && !ir::keeps_scale(spec.op) && !spec.quant)
      spec.quant = ir::Quant{type(spec.inputs[0]).quant.value_or(ir::Quant{0.05f}).scale, 0};
    if (spec.weights.empty()) name_weights(spec);
    const ir::NodeId id = trial.add(spec);
    const ir::Graph graph = std::move(trial).finish({id});
    for (const auto& slot : ir::weight_slots(graph))
      if (!network_.model.weights.find(slot.name)) set_weights(graph.node(id), slot);
    if (stored && !ir::keeps_scale(spec.op) && !has_fixed_quant(spec.op))
      spec.quant = lively_quant(graph, id);
    if (stored && has_fixed_quant(spec.op)) spec.quant = ir::Quant{1.0f / 256, -128};
    ir::GraphBuilder again = builder_;
    again.add(spec);
    Bytes value = computed(std::move(again).finish({id}), network_.model.weights, id, values_);
    if (!is_usable(value, graph.node(id).type)) throw ShapeError({.what = "no usable number"});
    ++operators_;
    return keep(std::move(spec), std::move(value));
  }

  bool is_stored(const ir::NodeSpec& spec) const {
    if (std::holds_alternative<ir::Quantize>(spec.op)) return true;
    return type(spec.inputs[0]).quant && !std::holds_alternative<ir::Dequantize>(spec.op);
  }
  // TFLite knows no other scale of them.
  static bool has_fixed_quant(const ir::Op& op) {
    const auto* act = std::get_if<ir::Activation>(&op);
    return std::holds_alternative<ir::Softmax>(op) || (act && act->kind == ir::Act::sigmoid);
  }
  // Float numbers that later operators can still compute with.
  static bool is_usable(const Bytes& value, const ir::TensorType& type) {
    if (type.quant) return true;
    const auto numbers = values_of<float>(value);
    return std::all_of(numbers.begin(), numbers.end(),
                       [](float x) { return std::isfinite(x) && std::abs(x) < 1e4f; });
  }

  // A scale at which most values differ and some may clip, up to 100 x that of the operand.
  ir::Quant lively_quant(const ir::Graph& graph, ir::NodeId id) {
    const auto& from = graph.node(graph.node(id).inputs[0]).type.quant;
    const float median = from ? from->scale : 0.05f;
    const bool is_u8 = graph.node(id).type.dtype == DType::u8;
    ir::Quant quant{};
    for (int tries = 0; tries < 4; ++tries) {
      quant = random_quant(median * random_.scale(0.05f, 20));
      if (is_u8) quant.zero_point += 128;
      for (int step = 0; step < 8; ++step) {
        const int verdict = liveliness(graph, id, quant);
        if (verdict == 0) return quant;
        const float next = quant.scale * (verdict > 0 ? 3.0f : 1 / 3.0f);
        if (next > median * 100 || next < median / 100) break;
        quant.scale = next;
      }
    }
    return quant;
  }

  // 0: lively; 1: most values clip, the scale is too small; -1: they hardly differ, it is too
  // large.
  int liveliness(const ir::Graph& graph, ir::NodeId id, const ir::Quant& quant) {
    ir::GraphBuilder trial = builder_;
    ir::NodeSpec spec = graph.node(id);
    spec.quant = quant;
    trial.add(std::move(spec));
    const Bytes value =
        computed(std::move(trial).finish({id}), network_.model.weights, id, values_);
    const int top = graph.node(id).type.dtype == DType::u8 ? 255 : 127;
    size_t clipped = 0;
    std::set<std::byte> different(value.begin(), value.end());
    for (const std::byte stored : value) {
      const int x = top == 255 ? static_cast<uint8_t>(stored) : static_cast<int8_t>(stored);
      clipped += x == top || x == top - 255;
    }
    if (2 * clipped > value.size()) return 1;
    return different.size() >= std::min<size_t>(8, (value.size() + 1) / 2) ? 0 : -1;
  }

  void name_weights(ir::NodeSpec& spec) {
    static constexpr const char* kNorm[] = {"weight", "bias", "running_mean", "running_var"};
    const size_t count = builder_.weight_count(spec);
    for (size_t i = 0; i < count; ++i)
      spec.weights.push_back(fmt::format("{}.{}", spec.name, kNorm[i]));
  }

  void set_weights(const ir::Node& node, const ir::WeightSlot& slot) {
    if (node.type.dtype == DType::i8) {
      if (slot.name == node.weights[0]) set_int8_weights(node, slot.shape);
      return;
    }
    const int64_t depth = slot.shape.size() > 1 ? ir::count(slot.shape) / slot.shape[0] : 1;
    std::vector<float> values(static_cast<size_t>(ir::count(slot.shape)));
    const bool is_variance = slot.name.ends_with("running_var");
    for (float& value : values)
      value = is_variance ? random_.real(0.3f, 2)
                          : random_.real(-2, 2) / std::sqrt(static_cast<float>(depth));
    network_.model.weights.set(slot.name, ir::make_tensor<float>(slot.shape, values));
  }

  // A scale a channel, or the same for all.
  void set_int8_weights(const ir::Node& node, const ir::Shape& shape) {
    const float input_scale = type(node.inputs[0]).quant->scale;
    const auto depth = static_cast<float>(ir::count(shape) / shape[0]);
    std::vector<int8_t> weights(static_cast<size_t>(ir::count(shape)));
    for (int8_t& weight : weights) weight = static_cast<int8_t>(random_.integer(-wide_, wide_));
    const bool per_channel = !chance(4);
    const float median = random_.scale(0.002f, 0.05f);
    const int widest = static_cast<int>(std::sqrt(depth) * 4000);
    std::vector<float> scales, bias_scales;
    std::vector<int32_t> bias;
    for (int64_t c = 0; c < shape[0]; ++c) {
      scales.push_back(per_channel ? random_.scale(median / 5, median * 5) : median);
      bias_scales.push_back(input_scale * scales.back());
      bias.push_back(random_.integer(-widest, widest));
    }
    network_.model.weights.set(node.weights[0], ir::make_tensor<int8_t>(shape, weights, scales));
    if (node.weights.size() > 1)
      network_.model.weights.set(node.weights[1],
                                 ir::make_tensor<int32_t>({shape[0]}, bias, bias_scales));
  }

  // ---- one function an operator

  void try_one() {
    using M = RandomNetworkMaker;
    static constexpr Try kTries[] = {
        &M::conv,       &M::conv,       &M::depthwise,     &M::linear,        &M::batch_norm,
        &M::activation, &M::activation, &M::max_pool,      &M::avg_pool,      &M::mean,
        &M::binary,     &M::binary,     &M::with_constant, &M::with_constant, &M::concat,
        &M::concat,     &M::slice,      &M::shuffle,       &M::pad,           &M::reshape,
        &M::transpose,  &M::softmax,    &M::quantize,      &M::dequantize};
    const int which = random_.integer(0, static_cast<int>(std::size(kTries)) - 1);
    try {
      (this->*kTries[which])();
    } catch (const ShapeError&) {  // it does not fit here
    }
  }

  ir::Size2 random_kernel() {
    const int k = random_.one_of({1, 1, 2, 3, 3, 5});
    return chance(5) ? ir::Size2{k, random_.integer(1, 3)} : ir::Size2{k, k};
  }
  ir::Window random_window(ir::NodeId x, bool pads_all = true) {
    const ir::Shape& in = shape(x);
    ir::Window w{.kernel = random_kernel(), .stride = {}, .pads = {}};
    const int stride = random_.one_of({1, 1, 1, 2, 2, 3});
    w.stride = {stride, chance(6) ? random_.integer(1, 2) : stride};
    if (in.size() != 4) return w;
    const auto side = [&](int kernel) { return random_.integer(0, kernel - 1); };
    switch (random_.integer(0, 3)) {
      case 0:
        break;
      case 1:
        if (pads_all)
          w.pads = {side(w.kernel.h), side(w.kernel.w), side(w.kernel.h), side(w.kernel.w)};
        break;
      default: {
        const int h = (w.kernel.h - 1) / 2, v = (w.kernel.w - 1) / 2;
        w.pads = {h, v, h, v};
      }
    }
    return w;
  }

  void conv() {
    const ir::NodeId x = any();
    if (shape(x).size() != 4) return;
    const auto channels = static_cast<int>(shape(x)[3]);
    const int groups = channels % 2 == 0 && chance(4) ? random_.one_of({2, channels}) : 1;
    add_layer({.name = {},
               .op = ir::Conv2d{.out_channels = groups * random_.integer(1, 8),
                                .window = random_window(x),
                                .groups = groups,
                                .bias = !chance(3),
                                .act = random_act(x)},
               .inputs = {x}});
  }
  void depthwise() {
    const ir::NodeId x = any();
    if (shape(x).size() != 4) return;
    const auto channels = static_cast<int>(shape(x)[3]);
    add_layer({.name = {},
               .op = ir::Conv2d{.out_channels = channels * random_.one_of({1, 1, 2}),
                                .window = random_window(x),
                                .groups = channels,
                                .bias = !chance(3),
                                .act = random_act(x)},
               .inputs = {x}});
  }
  void linear() {
    const ir::NodeId x = any();
    add_layer({.name = {}, .op = ir::Linear{random_.integer(1, 12), random_act(x)}, .inputs = {x}});
  }
  // With weights of its own, or once in a while those of another layer that they fit.
  void add_layer(ir::NodeSpec spec) {
    if (chance(2))
      for (const ir::Node& node : builder_.so_far().nodes())
        if (node.op.index() == spec.op.index() && !node.weights.empty() &&
            type(node.inputs[0]) == type(spec.inputs[0])) {
          spec.op = node.op, spec.weights = node.weights;
          if (auto* conv = std::get_if<ir::Conv2d>(&spec.op))
            conv->act = random_act(spec.inputs[0]);
        }
    add(std::move(spec));
  }

  void batch_norm() {
    const ir::NodeId x = any();
    if (type(x).dtype == DType::f32 && shape(x).size() != 3)
      add({.name = {}, .op = ir::BatchNorm{}, .inputs = {x}});
  }
  void activation() {
    using ir::Act;
    const ir::NodeId x = any();
    if (type(x).dtype == DType::u8) return;
    const Act kind = type(x).quant
                         ? random_.one_of({Act::relu, Act::relu6, Act::sigmoid, Act::sigmoid,
                                           Act::gelu, Act::hard_swish, Act::hard_swish})
                         : random_.one_of({Act::relu, Act::relu6, Act::silu, Act::gelu,
                                           Act::sigmoid, Act::hard_sigmoid, Act::hard_swish});
    const bool rare = type(x).quant && chance(10);
    add({.name = {}, .op = ir::Activation{rare ? Act::hard_sigmoid : kind}, .inputs = {x}});
  }
  void max_pool() {
    const ir::NodeId x = any();
    add({.name = {}, .op = ir::MaxPool{random_window(x)}, .inputs = {x}});
  }
  void avg_pool() {
    const ir::NodeId x = any();
    ir::AvgPool pool{.window = random_window(x), .count_padding = chance(3)};
    if (!chance(3)) pool.window.pads = {};
    add({.name = {}, .op = pool, .inputs = {x}});
  }
  void mean() { add({.name = {}, .op = ir::Mean{chance(2)}, .inputs = {any()}}); }

  ir::Op random_binary(ir::Act act) {
    switch (random_.integer(0, 2)) {
      case 0:
        return ir::Add{act};
      case 1:
        return ir::Sub{act};
      default:
        return ir::Mul{act};
    }
  }
  // Two values; or one with itself, with a gate of its own or with another input.
  void binary() {
    const ir::NodeId x = any();
    ir::NodeId y = any();
    for (int tries = 0; tries < 8 && (type(y).dtype != type(x).dtype || y == x); ++tries) y = any();
    if (inputs_ < 3 && type(x).dtype != DType::u8 && (y == x ? !chance(3) : chance(4))) {
      ir::TensorType other = type(x);
      if (other.shape.size() == 4 && chance(2)) other.shape[1] = other.shape[2] = 1;
      if (other.quant) other.quant = random_quant(other.quant->scale * random_.scale(0.1f, 10));
      ++inputs_;
      y = add_input(other);
    }
    std::vector<ir::NodeId> operands = {x, y};
    if (chance(2)) std::swap(operands[0], operands[1]);
    const ir::Op op = random_binary(random_act(x));
    add({.name = {}, .op = op, .inputs = operands});
  }

  // A constant of any shape that is aligned with x, on either side.
  void with_constant() {
    const ir::NodeId x = any();
    if (type(x).dtype == DType::u8) return;
    ir::Shape small = shape(x);
    switch (random_.integer(0, 4)) {
      case 0:
        small = {};
        break;
      case 1:
        small = {1};
        break;
      case 2:
        small = {small.back()};
        break;
      case 3:
        small.erase(small.begin());
        break;
      default:
        break;
    }
    for (int64_t& size : small)
      if (chance(3)) size = 1;
    ir::TensorType constant_type{type(x).dtype, small, {}};
    if (type(x).quant)
      constant_type.quant = random_quant(type(x).quant->scale * random_.scale(0.1f, 10));
    const ir::Op op = random_binary(random_act(x));
    const ir::NodeId k = constant(constant_type);
    add({.name = {}, .op = op, .inputs = chance(2) ? std::vector{x, k} : std::vector{k, x}});
  }

  // Of values that differ on one axis only; int8 ones are brought to one scale first.
  void concat() {
    const ir::NodeId x = any();
    const int rank = static_cast<int>(shape(x).size());
    if (rank == 0 || type(x).dtype == DType::u8) return;
    const int axis = chance(2) ? rank - 1 : random_.integer(0, rank - 1);
    std::vector<ir::NodeId> operands = {x};
    for (int tries = 0; tries < 6 && operands.size() < 3; ++tries) {
      ir::NodeId y = any();
      if (y == x && !chance(3)) continue;
      if (type(y).dtype != type(x).dtype || !fits(shape(x), shape(y), axis)) continue;
      if (type(y).quant != type(x).quant)
        y = add({.name = {}, .op = ir::Quantize{}, .inputs = {y}, .quant = type(x).quant});
      operands.push_back(y);
    }
    if (operands.size() == 1) {
      ir::TensorType more = type(x);
      more.shape[static_cast<size_t>(axis)] = random_.integer(1, 4);
      operands.push_back(constant(more));
    }
    if (chance(2)) std::swap(operands[0], operands[1]);
    add({.name = {}, .op = ir::Concat{axis}, .inputs = operands});
  }
  static bool fits(ir::Shape a, const ir::Shape& b, int axis) {
    if (a.size() != b.size()) return false;
    a[static_cast<size_t>(axis)] = b[static_cast<size_t>(axis)];
    return a == b;
  }

  void slice() {
    const ir::NodeId x = any();
    if (shape(x).empty() || type(x).dtype == DType::u8) return;
    const int axis = random_.integer(0, static_cast<int>(shape(x).size()) - 1);
    const auto size = static_cast<int>(shape(x)[static_cast<size_t>(axis)]);
    const int begin = random_.integer(0, size - 1);
    add({.name = {},
         .op = ir::Slice{axis, begin, random_.integer(1, size - begin)},
         .inputs = {x}});
  }
  void shuffle() {
    const ir::NodeId x = any();
    if (shape(x).empty()) return;
    add({.name = {}, .op = ir::Shuffle{random_.integer(2, 4)}, .inputs = {x}});
  }
  void pad() {
    const auto side = [&] { return random_.integer(0, 2); };
    add({.name = {}, .op = ir::Pad{{side(), side(), side(), side()}}, .inputs = {any()}});
  }
  void reshape() {
    const ir::NodeId x = any();
    if (type(x).dtype == DType::u8) return;
    const int rank = random_.one_of({1, 2, 2, 3, 4, 4});
    ir::Shape to(static_cast<size_t>(rank), 1);
    int64_t left = ir::count(shape(x));
    for (int64_t prime = 2; left > 1; ++prime)
      for (; left % prime == 0; left /= prime)
        to[static_cast<size_t>(random_.integer(0, rank - 1))] *= prime;
    if (chance(2) && rank > 1 && shape(x)[0] <= 2) {  // the batch stays
      to.assign(static_cast<size_t>(rank), 1);
      to[0] = shape(x)[0], to.back() = ir::count(shape(x)) / to[0];
    }
    add({.name = {}, .op = ir::Reshape{to}, .inputs = {x}});
  }
  void transpose() {
    const ir::NodeId x = any();
    if (shape(x).size() < 2 || type(x).dtype == DType::u8) return;
    ir::Shape order(shape(x).size());
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = order.size(); i-- > 1;)
      std::swap(order[i], order[static_cast<size_t>(random_.integer(0, static_cast<int>(i)))]);
    if (order.size() == 4 && chance(2))
      order = chance(2) ? ir::Shape{0, 2, 3, 1} : ir::Shape{0, 3, 1, 2};
    add({.name = {}, .op = ir::Transpose{order}, .inputs = {x}});
  }
  void softmax() { add({.name = {}, .op = ir::Softmax{}, .inputs = {any()}}); }

  // To another scale, from float, from and to uint8.
  void quantize() {
    const ir::NodeId x = any();
    if (!int8s_) return;
    const DType to = type(x).quant && chance(6) ? DType::u8 : DType::i8;
    add({.name = {}, .op = ir::Quantize{to}, .inputs = {x}});
  }
  void dequantize() {
    const ir::NodeId x = any();
    if (type(x).quant && (floats_ || chance(6)))
      add({.name = {}, .op = ir::Dequantize{}, .inputs = {x}});
  }

  // All that nobody reads, and sometimes a value that is read as well.
  std::vector<ir::NodeId> random_outputs() {
    std::vector<ir::NodeId> outputs;
    for (ir::NodeId id = 0; id < size(); ++id) {
      const ir::Graph& graph = builder_.so_far();
      if (!ir::is_source(graph.node(id).op) && (graph.readers(id).empty() || chance(8)))
        outputs.push_back(id);
    }
    if (chance(2)) std::reverse(outputs.begin(), outputs.end());
    return outputs;
  }

  Random random_;
  RandomNetwork network_;
  bool floats_ = true, int8s_ = false;
  int wide_ = 64;
  int inputs_ = 1;
  size_t operators_ = 0;
  ir::GraphBuilder builder_;
  std::vector<Bytes> values_;  // by node
};

inline RandomNetwork random_network(uint32_t seed) { return RandomNetworkMaker(seed).make(); }

}  // namespace nnstretch::testing
