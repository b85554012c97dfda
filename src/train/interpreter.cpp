#include "train/interpreter.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "train/device.h"

namespace nnstretch::train {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

// Graphs count dimensions of images as N, H, W, C; libtorch as N, C, H, W.
int64_t torch_axis(int axis, int64_t rank) {
  if (rank != 4 || axis == 0) return axis;
  return axis == 3 ? 1 : axis + 1;
}

Tensor activate(ir::Act act, const Tensor& x, bool in_place = false) {
  switch (act) {
    case ir::Act::none:
      return x;
    case ir::Act::relu:
      return in_place ? x.relu_() : at::relu(x);
    case ir::Act::relu6:
      return at::clamp(x, 0, 6);
    case ir::Act::silu:
      return at::silu(x);
    case ir::Act::gelu:
      return at::gelu(x);
    case ir::Act::sigmoid:
      return at::sigmoid(x);
    case ir::Act::hard_sigmoid:
      return at::hardsigmoid(x);
    case ir::Act::hard_swish:
      return at::hardswish(x);
  }
  return x;
}

std::array<int64_t, 2> pair(ir::Size2 size) { return {size.h, size.w}; }
std::array<int64_t, 2> padding(const ir::Window& window) {
  return {window.pads.top, window.pads.left};
}
bool symmetric(const ir::Window& window) {
  return window.pads.top == window.pads.bottom && window.pads.left == window.pads.right;
}

Tensor shuffle(const Tensor& x, int groups) {
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  return x.reshape({n, groups, c / groups, h, w}).transpose(1, 2).reshape({n, c, h, w});
}

// Why it cannot be trained; empty if it can.
std::string refusal(const ir::Node& node) {
  if (node.type.quant) return "it is quantised";
  const auto* conv = std::get_if<ir::Conv2d>(&node.op);
  const auto* pool = std::get_if<ir::MaxPool>(&node.op);
  if ((conv && !symmetric(conv->window)) || (pool && !symmetric(pool->window)))
    return "its padding differs from side to side";
  if (ir::is_any<ir::Input, ir::Conv2d, ir::BatchNorm, ir::Activation, ir::MaxPool, ir::Mean,
                 ir::Add, ir::Mul, ir::Concat, ir::Slice, ir::Shuffle, ir::Linear>(node.op))
    return {};
  return fmt::format("`{}` has no gradient here", ir::name_of(node.op));
}

// relu may overwrite what a batch norm or a sum gave if nobody else reads it: neither needs its
// result for the gradient.
bool may_overwrite(const ir::Graph& graph, const ir::Node& node) {
  const auto* act = std::get_if<ir::Activation>(&node.op);
  if (!act || act->kind != ir::Act::relu) return false;
  const ir::NodeId x = node.inputs[0];
  return graph.readers(x).size() == 1 && !graph.is_output(x) &&
         ir::is_any<ir::BatchNorm, ir::Add>(graph.node(x).op);
}

}  // namespace

Interpreter::Interpreter(const ir::Graph& graph) {
  std::map<std::string, size_t, std::less<>> entry_of;
  for (const StateSlot& slot : state_slots(graph)) entry_of.emplace(slot.name, entry_of.size());
  if (graph.inputs().size() != 1 || graph.outputs().size() != 1)
    throw ShapeError({.what = "only a network of one input and one output can be trained"});
  output_ = graph.outputs()[0];
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph.node(id);
    if (const auto why = refusal(node); !why.empty())
      throw ShapeError({.what = "cannot be trained: " + why, .where = node.name});
    Step step;
    step.op = node.op;
    step.inputs.assign(node.inputs.begin(), node.inputs.end());
    for (const auto& name : node.weights) step.weights.push_back(entry_of.at(name));
    for (const ir::NodeId x : node.inputs)
      if (graph.readers(x).back() == id && !graph.is_output(x)) step.dead.push_back(x);
    step.in_place = may_overwrite(graph, node);
    steps_.push_back(std::move(step));
  }
}

Tensor Interpreter::run(const Step& step, const std::vector<Tensor>& values, const State& state,
                        Mode mode) const {
  const auto in = [&](size_t i) -> const Tensor& { return values[step.inputs[i]]; };
  const auto weight = [&](size_t i) -> const Tensor& { return state[step.weights[i]]; };
  if (std::holds_alternative<ir::BatchNorm>(step.op) && state.entries()[step.weights[2]].frozen)
    mode.training = false;
  return std::visit(
      Overloaded{
          [&](const ir::Conv2d& op) {
            return activate(
                op.act, at::conv2d(in(0), weight(0), op.bias ? weight(1) : Tensor(),
                                   pair(op.window.stride), padding(op.window), {1, 1}, op.groups));
          },
          [&](const ir::BatchNorm& op) {
            // The counter stands behind running_var.
            if (mode.training) state[step.weights[3] + 1].add_(1);
            return at::batch_norm(in(0), weight(0), weight(1), weight(2), weight(3), mode.training,
                                  mode.momentum, op.eps, /*cudnn_enabled=*/true);
          },
          [&](const ir::Activation& op) { return activate(op.kind, in(0), step.in_place); },
          [&](const ir::MaxPool& op) {
            return at::max_pool2d(in(0), pair(op.window.kernel), pair(op.window.stride),
                                  padding(op.window));
          },
          [&](const ir::Mean& op) {
            const Tensor mean = at::adaptive_avg_pool2d(in(0), {1, 1});
            return op.keep ? mean : mean.flatten(1);
          },
          [&](const ir::Add& op) { return activate(op.act, in(0) + in(1)); },
          [&](const ir::Mul& op) { return activate(op.act, in(0) * in(1)); },
          [&](const ir::Concat& op) {
            std::vector<Tensor> parts;
            for (size_t i = 0; i < step.inputs.size(); ++i) parts.push_back(in(i));
            return at::cat(parts, torch_axis(op.axis, in(0).dim()));
          },
          [&](const ir::Slice& op) {
            return in(0).narrow(torch_axis(op.axis, in(0).dim()), op.begin, op.size);
          },
          [&](const ir::Shuffle& op) { return shuffle(in(0), op.groups); },
          [&](const ir::Linear& op) {
            return activate(op.act, at::linear(in(0), weight(0), weight(1)));
          },
          [](const auto&) { return Tensor(); }},  // the constructor refused it
      step.op);
}

Tensor Interpreter::forward(const State& state, Tensor images, Mode mode) const {
  const MixedPrecision mixed(mode.mixed);
  std::vector<Tensor> values(steps_.size());
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    values[i] = step.inputs.empty() ? std::move(images) : run(step, values, state, mode);
    for (const size_t x : step.dead) values[x] = Tensor();
  }
  return values[output_].to(torch::kFloat);
}

}  // namespace nnstretch::train
