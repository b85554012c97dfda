#include "engines/litert/gpu_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ir/subgraph.h"

namespace nnstretch::engines::litert {
namespace {

// Output channels [begin, begin + size) of a weight or bias.
ir::Tensor channels_of(const ir::Tensor& whole, int64_t begin, int64_t size) {
  ir::Tensor part = whole;
  const auto pitch = static_cast<std::ptrdiff_t>(whole.bytes->size()) / whole.shape[0];
  const auto from = whole.bytes->begin() + begin * pitch;
  part.shape[0] = size;
  part.bytes = std::make_shared<const std::vector<std::byte>>(from, from + size * pitch);
  if (std::ssize(whole.scales) == whole.shape[0])
    part.scales.assign(whole.scales.begin() + begin, whole.scales.begin() + begin + size);
  return part;
}

// A 1x1 kernel as the first element of one of 2x2.
ir::Tensor widened(const ir::Tensor& kernel) {
  constexpr size_t kElements = 4;
  const size_t element = size_of(kernel.dtype), count = kernel.bytes->size() / element;
  std::vector<std::byte> bytes(kernel.bytes->size() * kElements);
  for (size_t i = 0; i < count; ++i)
    std::memcpy(bytes.data() + i * kElements * element, kernel.bytes->data() + i * element,
                element);
  ir::Tensor wide = kernel;
  wide.shape[2] = wide.shape[3] = 2;
  wide.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return wide;
}

class GpuWriter {
 public:
  explicit GpuWriter(const ir::Model& from) : from_(from), made_(from) {}

  ir::Model run() && {
    made_.graph = ir::Rewriter(from_.graph).run([&](ir::Rewriter& to, ir::NodeId id) {
      const auto* conv = from_.graph.op_if<ir::Conv2d>(id);
      if (!conv) return to.copy(id);
      const int64_t channels = from_.graph.input_shapes(id)[0][3];
      const bool one_a_channel = conv->groups == channels && conv->out_channels == channels;
      if (one_a_channel && conv->groups > 1) return to.copy(id);  // depthwise
      return conv->groups > 1 ? split(to, id, *conv) : dense(to, to.spec(id));
    });
    return std::move(made_);
  }

 private:
  ir::NodeId split(ir::Rewriter& to, ir::NodeId id, const ir::Conv2d& conv) {
    const ir::NodeSpec whole = to.spec(id);
    const int size = static_cast<int>(to.builder.type(whole.inputs[0]).shape[3]) / conv.groups;
    std::vector<ir::NodeId> results;
    for (int group = 0; group < conv.groups; ++group) {
      const std::string suffix = fmt::format(".group{}", group);
      const ir::NodeId slice = to.builder.add({.name = fmt::format("{}{}.in", whole.name, suffix),
                                               .op = ir::Slice{3, group * size, size},
                                               .inputs = whole.inputs,
                                               .at = whole.at});
      ir::NodeSpec one = whole;
      auto& op = std::get<ir::Conv2d>(one.op);
      op.out_channels = conv.out_channels / conv.groups;
      op.groups = 1;
      one.name += suffix;
      one.inputs = {slice};
      for (std::string& weight : one.weights) {
        const std::string name = weight + suffix;
        made_.weights.set(name, channels_of(from_.weights.at(weight),
                                            int64_t{op.out_channels} * group, op.out_channels));
        weight = name;
      }
      results.push_back(dense(to, std::move(one)));
    }
    return to.builder.add(
        {.name = whole.name, .op = ir::Concat{3}, .inputs = std::move(results), .at = whole.at});
  }

  ir::NodeId dense(ir::Rewriter& to, ir::NodeSpec spec) {
    ir::Window& window = std::get<ir::Conv2d>(spec.op).window;
    const bool is_point = window.kernel.h == 1 && window.kernel.w == 1;
    if (!is_point || (window.stride.h == 1 && window.stride.w == 1))
      return to.builder.add(std::move(spec));
    const ir::Shape& in = to.builder.type(spec.inputs[0]).shape;
    // The window reaches one element further: one more is padded where the last would stand out.
    const auto reach = [](int64_t size, int before, int& after, int stride) {
      const int64_t last = (size + before + after - 1) / stride * stride;
      after = std::max<int>(after, static_cast<int>(last + 2 - size - before));
    };
    window.kernel = {2, 2};
    reach(in[1], window.pads.top, window.pads.bottom, window.stride.h);
    reach(in[2], window.pads.left, window.pads.right, window.stride.w);
    const std::string name = spec.weights[0] + ".wide";
    made_.weights.set(name, widened(made_.weights.at(spec.weights[0])));
    spec.weights[0] = name;
    return to.builder.add(std::move(spec));
  }

  const ir::Model& from_;
  ir::Model made_;
};

}  // namespace

ir::Model gpu_model(const ir::Model& part) { return GpuWriter(part).run(); }

}  // namespace nnstretch::engines::litert
