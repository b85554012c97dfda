#include "quantize/bias.h"

namespace nnstretch::quantize {
namespace {

struct Plane {
  const float* data;
  int64_t height, width, channels;
};

// The output positions whose tap `k` falls on input position `at`: one or none.
bool lands(int64_t at, int pad, int k, int stride, int64_t out_size) {
  const int64_t shifted = at + pad - k;
  return shifted >= 0 && shifted % stride == 0 && shifted / stride < out_size;
}

// Sums of a row's numbers that tap `kx` of some output position sees, by channel.
void sum_row(const Plane& x, int64_t y, const ir::Window& w, int kx, int64_t out_width,
             std::vector<float>& sums) {
  std::fill(sums.begin(), sums.end(), 0.f);
  for (int64_t at = 0; at < x.width; ++at) {
    if (!lands(at, w.pads.left, kx, w.stride.w, out_width)) continue;
    const float* pixel = x.data + (y * x.width + at) * x.channels;
    for (int64_t c = 0; c < x.channels; ++c) sums[static_cast<size_t>(c)] += pixel[c];
  }
}

// A window's sums are sums of row sums: k rather than k * k numbers are added an element.
void add_taps(const Plane& x, const ir::Window& w, int64_t out_height, int64_t out_width,
              std::vector<double>& sums) {
  std::vector<float> row(static_cast<size_t>(x.channels));
  const auto taps = static_cast<size_t>(w.kernel.h * w.kernel.w);
  for (int64_t y = 0; y < x.height; ++y)
    for (int kx = 0; kx < w.kernel.w; ++kx) {
      sum_row(x, y, w, kx, out_width, row);
      for (int ky = 0; ky < w.kernel.h; ++ky) {
        if (!lands(y, w.pads.top, ky, w.stride.h, out_height)) continue;
        const auto tap = static_cast<size_t>(ky * w.kernel.w + kx);
        for (size_t c = 0; c < row.size(); ++c) sums[c * taps + tap] += double{row[c]};
      }
    }
}

}  // namespace

TapMeans::TapMeans(const ir::Graph& graph) {
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph.node(id);
    const auto* conv = graph.op_if<ir::Conv2d>(id);
    if (!conv && !graph.op_if<ir::Linear>(id)) continue;
    Layer layer{.name = node.name, .window = conv ? conv->window : ir::Window{}, .sums = {}};
    const ir::Node& operand = graph.node(node.inputs[0]);
    if (conv) layer.out_height = node.type.shape[1], layer.out_width = node.type.shape[2];
    layer.sums.resize(static_cast<size_t>(operand.type.shape.back()) *
                      static_cast<size_t>(layer.window.kernel.h * layer.window.kernel.w));
    readers_[operand.name].push_back(layers_.size());
    layers_.push_back(std::move(layer));
  }
}

void TapMeans::see(const ir::Node& node, std::span<const std::byte> value) {
  const auto found = readers_.find(node.name);
  if (found == readers_.end()) return;
  const ir::Shape& shape = node.type.shape;
  const bool flat = shape.size() == 2;
  const Plane plane{reinterpret_cast<const float*>(value.data()), flat ? 1 : shape[1],
                    flat ? 1 : shape[2], shape.back()};
  for (const size_t reader : found->second) {
    Layer& layer = layers_[reader];
    add_taps(plane, layer.window, layer.out_height, layer.out_width, layer.sums);
    layer.positions += static_cast<double>(layer.out_height * layer.out_width);
  }
}

std::vector<double> TapMeans::of(std::string_view name) const {
  for (const Layer& layer : layers_) {
    if (layer.name != name || layer.positions == 0) continue;
    std::vector<double> means = layer.sums;
    for (double& mean : means) mean /= layer.positions;
    return means;
  }
  return {};
}

std::vector<double> mean_shift(std::span<const float> kernel, std::span<const float> rounded,
                               std::span<const double> means, size_t channels) {
  const size_t row = kernel.size() / channels, groups = means.size() / row;
  std::vector<double> shifts(channels);
  for (size_t c = 0; c < channels; ++c) {
    const auto taps = means.subspan(c / (channels / groups) * row, row);
    for (size_t i = 0; i < row; ++i)
      shifts[c] += (double{kernel[c * row + i]} - rounded[c * row + i]) * taps[i];
  }
  return shifts;
}

}  // namespace nnstretch::quantize
