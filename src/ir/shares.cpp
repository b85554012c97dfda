#include "ir/shares.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nnstretch::ir {
namespace {

using Ranges = std::vector<Range>;

// ---- rows

// The rows of an image of `height` that a window reads for rows `out` of its result.
Range rows_read(const Window& window, int64_t height, Range out) {
  const int64_t first = out.begin * window.stride.h - window.pads.top;
  const int64_t last = (out.end - 1) * window.stride.h - window.pads.top + window.kernel.h;
  return {std::clamp<int64_t>(first, 0, height - 1), std::clamp<int64_t>(last, 1, height)};
}

// The same window over those rows alone: padding is left where they end at the image's border.
Window over_rows(Window window, int64_t height, Range out) {
  const int64_t first = out.begin * window.stride.h - window.pads.top;
  const int64_t last = (out.end - 1) * window.stride.h - window.pads.top + window.kernel.h;
  window.pads.top = static_cast<int>(std::max<int64_t>(0, -first));
  window.pads.bottom = static_cast<int>(std::max<int64_t>(0, last - height));
  return window;
}

const Window* window_of(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) return &conv->window;
  if (const auto* pool = std::get_if<MaxPool>(&op)) return &pool->window;
  return nullptr;
}

// ---- channels

// Input and output channels of one group, if the range is made of whole groups.
std::optional<Range> channels_read(const Conv2d& conv, int64_t in_channels, Range out) {
  if (conv.groups == 1) return Range{0, in_channels};
  const int64_t width = conv.out_channels / conv.groups, read = in_channels / conv.groups;
  if (out.begin % width || out.end % width) return std::nullopt;
  return Range{out.begin / width * read, out.end / width * read};
}

// ---- both

// Operators whose element at one place depends on their operands' at that place alone.
bool is_elementwise(const Op& op) {
  return is_any<Activation, Add, Sub, Mul, Quantize, Dequantize>(op);
}

// Of an operand that is broadcast along the axis the one element there is, else the same range.
std::optional<Ranges> of_elementwise(const Graph& graph, NodeId id, Along along, Range out) {
  const auto shapes = graph.input_shapes(id);
  Ranges ranges;
  for (const Shape& shape : shapes) {
    if (shape.size() != graph.node(id).type.shape.size()) return std::nullopt;
    const Range all = whole(along, shape);
    ranges.push_back(all.size() == 1 ? all : out);
  }
  return ranges;
}

std::optional<Ranges> rows_of_operands(const Graph& graph, NodeId id, Range out) {
  const Op& op = graph.node(id).op;
  const auto shapes = graph.input_shapes(id);
  if (const Window* window = window_of(op)) return Ranges{rows_read(*window, shapes[0][1], out)};
  const auto* concat = std::get_if<Concat>(&op);
  const auto* slice = std::get_if<Slice>(&op);
  if ((concat && concat->axis == 3) || (slice && slice->axis == 3) || is_any<Shuffle>(op))
    return Ranges(shapes.size(), out);
  return std::nullopt;
}

std::optional<Ranges> channels_of_operands(const Graph& graph, NodeId id, Range out) {
  const Op& op = graph.node(id).op;
  const Shape in = graph.input_shapes(id)[0];
  if (const auto* conv = std::get_if<Conv2d>(&op)) {
    const auto read = channels_read(*conv, in[3], out);
    return read ? std::optional(Ranges{*read}) : std::nullopt;
  }
  if (is_any<Linear>(op)) return Ranges{{0, in[1]}};
  if (is_any<MaxPool, AvgPool, Mean>(op)) return Ranges{out};
  return std::nullopt;
}

// The slices of dimension 0 that compute the output channels `out`.
Tensor rows_of(const Tensor& tensor, Range out) {
  Tensor part = tensor;
  part.shape[0] = out.size();
  const size_t step = tensor.bytes->size() / static_cast<size_t>(tensor.shape[0]);
  const auto from = tensor.bytes->begin() + static_cast<int64_t>(step) * out.begin;
  part.bytes = std::make_shared<std::vector<std::byte>>(
      from, from + static_cast<int64_t>(step) * out.size());
  if (tensor.scales.size() > 1)
    part.scales.assign(tensor.scales.begin() + out.begin, tensor.scales.begin() + out.end);
  return part;
}

void restrict_channels(NodeSpec& spec, Range out, WeightStore& weights) {
  if (auto* conv = std::get_if<Conv2d>(&spec.op)) {
    if (conv->groups > 1)
      conv->groups = static_cast<int>(out.size() * conv->groups / conv->out_channels);
    conv->out_channels = static_cast<int>(out.size());
  } else if (auto* linear = std::get_if<Linear>(&spec.op)) {
    linear->out_features = static_cast<int>(out.size());
  }
  for (std::string& name : spec.weights) {
    const Tensor part = rows_of(weights.at(name), out);
    name = fmt::format("{}[{}:{}]", name, out.begin, out.end);
    weights.set(name, part);
  }
}

}  // namespace

std::optional<int> axis_of(Along along, const Shape& shape) {
  if (along == Along::channels && (shape.size() == 2 || shape.size() == 4))
    return static_cast<int>(shape.size()) - 1;
  if (along == Along::rows && shape.size() == 4) return 1;
  return std::nullopt;
}

Range whole(Along along, const Shape& shape) {
  const auto axis = axis_of(along, shape);
  return {0, axis ? shape[static_cast<size_t>(*axis)] : 1};
}

std::optional<std::vector<Range>> operands_of_share(const Graph& graph, NodeId id, Along along,
                                                    Range out) {
  const Node& node = graph.node(id);
  if (!axis_of(along, node.type.shape)) return std::nullopt;
  if (out == whole(along, node.type.shape)) {  // nothing is left out
    Ranges all;
    for (const Shape& shape : graph.input_shapes(id)) all.push_back(whole(along, shape));
    return all;
  }
  if (is_elementwise(node.op)) return of_elementwise(graph, id, along, out);
  return along == Along::rows ? rows_of_operands(graph, id, out)
                              : channels_of_operands(graph, id, out);
}

NodeSpec share_of(const Graph& graph, NodeId id, Along along, Range out, WeightStore& weights) {
  const Node& node = graph.node(id);
  NodeSpec spec = node;
  if (out == whole(along, node.type.shape)) return spec;
  if (along == Along::channels) {
    restrict_channels(spec, out, weights);
    return spec;
  }
  const auto height = [&] { return graph.input_shapes(id)[0][1]; };
  if (auto* conv = std::get_if<Conv2d>(&spec.op))
    conv->window = over_rows(conv->window, height(), out);
  if (auto* pool = std::get_if<MaxPool>(&spec.op))
    pool->window = over_rows(pool->window, height(), out);
  return spec;
}

}  // namespace nnstretch::ir
