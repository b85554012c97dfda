#include "quantize/calibrate.h"

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "engines/runner.h"
#include "ir/subgraph.h"

namespace nnstretch::quantize {
namespace {

using ir::NodeId;
constexpr size_t kSegmentBytes = 256u << 20;

// Consecutive nodes that run in one call, all their values being outputs.
struct Segment {
  std::vector<NodeId> inputs;  // values from before, in the order of the segment's inputs
  std::vector<NodeId> nodes;   // in the order of its outputs
  std::unique_ptr<engines::Runner> runner;
};

std::vector<std::set<NodeId>> split(const ir::Graph& graph) {
  std::vector<std::set<NodeId>> segments(1);
  size_t bytes = 0;
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (graph.op_if<ir::Input>(id)) continue;
    bytes += graph.node(id).type.bytes();
    if (bytes > kSegmentBytes && !segments.back().empty()) {
      segments.emplace_back();
      bytes = graph.node(id).type.bytes();
    }
    segments.back().insert(id);
  }
  return segments;
}

Segment compile(const ir::Model& whole, const std::set<NodeId>& keep, const Runtime& runtime) {
  ir::Subgraph part = ir::subgraph(whole.graph, keep);
  std::vector<NodeId> all;
  for (NodeId id = 0; id < part.graph.size(); ++id)
    if (!part.graph.op_if<ir::Input>(id)) all.push_back(id);
  const ir::Model model{ir::with_outputs(part.graph, all), whole.weights, whole.name,
                        whole.preprocess};
  return {part.inputs,
          {keep.begin(), keep.end()},
          std::make_unique<engines::Runner>(runtime.engine, model, runtime.processor)};
}

template <class T>
std::span<const T> elements(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

// Sixteen running extremes side by side: one alone would wait for itself at every element.
Range range_of(std::span<const float> value) {
  constexpr size_t kLanes = 16;
  std::array<float, kLanes> low{}, high{};
  size_t i = 0;
  for (; i + kLanes <= value.size(); i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float x = value[i + lane];
      low[lane] = x < low[lane] ? x : low[lane];
      high[lane] = x > high[lane] ? x : high[lane];
    }
  Range range;
  for (size_t lane = 0; lane < kLanes; ++lane) range.include(low[lane], high[lane]);
  for (; i < value.size(); ++i) range.include(value[i], value[i]);
  return range;
}

}  // namespace

std::vector<std::byte> as_input(std::span<const float> image, const ir::TensorType& type) {
  if (!type.quant) {
    const auto bytes = std::as_bytes(image);
    return {bytes.begin(), bytes.end()};
  }
  std::vector<std::byte> bytes(image.size());
  for (size_t i = 0; i < image.size(); ++i) {
    const float q =
        std::round(image[i] / type.quant->scale) + static_cast<float>(type.quant->zero_point);
    bytes[i] = static_cast<std::byte>(static_cast<int8_t>(std::clamp(q, -128.f, 127.f)));
  }
  return bytes;
}

std::vector<float> as_floats(std::span<const std::byte> bytes, const ir::TensorType& type) {
  if (!type.quant) {
    const auto values = elements<float>(bytes);
    return {values.begin(), values.end()};
  }
  std::vector<float> values;
  values.reserve(bytes.size());
  for (const int8_t q : elements<int8_t>(bytes))
    values.push_back(static_cast<float>(q - type.quant->zero_point) * type.quant->scale);
  return values;
}

void observe(const ir::Model& model, Images images, const Runtime& runtime, const See& see) {
  if (model.graph.inputs().size() != 1)
    throw ShapeError({.what = "calibration needs a network of one input", .where = model.name});
  std::vector<Segment> segments;
  for (const auto& keep : split(model.graph)) segments.push_back(compile(model, keep, runtime));

  for (size_t image = 0; image < images.size(); ++image) {
    std::map<NodeId, std::span<const std::byte>> values;
    const ir::Node& source_node = model.graph.node(model.graph.inputs()[0]);
    const auto input = as_input(images[image], source_node.type);
    values[model.graph.inputs()[0]] = input;
    see(image, source_node, input);
    for (Segment& segment : segments) {
      for (size_t i = 0; i < segment.inputs.size(); ++i) {
        const auto source = values.at(segment.inputs[i]);
        const auto target = segment.runner->input(i);
        if (source.size() != target.size())
          throw ShapeError({.what = "a calibration image has another size than the network's input",
                            .where = model.name});
        std::memcpy(target.data(), source.data(), target.size());
      }
      segment.runner->run();
      for (size_t i = 0; i < segment.nodes.size(); ++i) {
        values[segment.nodes[i]] = segment.runner->output(i);
        see(image, model.graph.node(segment.nodes[i]), segment.runner->output(i));
      }
    }
  }
}

Ranges calibrate(const ir::Model& model, Images images, const Runtime& runtime) {
  if (images.empty())
    throw FormatError({.what = "calibration needs at least one image", .where = model.name});
  Ranges ranges;
  observe(model, images, runtime,
          [&](size_t, const ir::Node& node, std::span<const std::byte> bytes) {
            const auto value = elements<float>(bytes);
            const Range range = range_of(value);
            ranges[node.name].include(range.min, range.max);
          });
  return ranges;
}

}  // namespace nnstretch::quantize
