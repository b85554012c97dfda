#include "quantize/calibrate.h"

#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "base/error.h"
#include "engines/runner.h"
#include "ir/stored_values.h"
#include "ir/subgraph.h"

namespace nnstretch::quantize {
namespace {

using ir::NodeId;
constexpr size_t kSegmentBytes = 256u << 20;

// Consecutive nodes that run in one call, all their values being outputs.
struct Segment {
  std::vector<NodeId> inputs;  // values from before, in the order of the segment's inputs
  std::vector<NodeId> nodes;   // in the order of its outputs
  engines::Runner runner;
};

// The last node that reads each node's value; the node itself if none does.
std::vector<NodeId> last_readers(const ir::Graph& graph) {
  std::vector<NodeId> last(graph.size());
  for (NodeId id = 0; id < graph.size(); ++id) {
    last[id] = id;
    for (const NodeId input : graph.node(id).inputs) last[input] = id;
  }
  return last;
}

// Segments of at most kSegmentBytes (one node may be more). Values that pass a cut are kept for
// every image, so a cut is where they are fewest in the second half of what fits.
std::vector<std::set<NodeId>> split(const ir::Graph& graph, const std::vector<NodeId>& last) {
  std::vector<size_t> passing(graph.size() + 1);  // bytes alive after each node
  for (NodeId id = 0; id < graph.size(); ++id)
    for (NodeId at = id; at < last[id]; ++at) passing[at] += graph.node(id).type.bytes();

  std::vector<std::set<NodeId>> segments;
  for (NodeId begin = 0; begin < graph.size();) {
    NodeId end = begin + 1, cut = graph.size();
    for (size_t bytes = graph.node(begin).type.bytes(); end < graph.size(); ++end) {
      if (bytes >= kSegmentBytes / 2 &&
          (cut == graph.size() || passing[end - 1] < passing[cut - 1]))
        cut = end;
      bytes += graph.node(end).type.bytes();
      if (bytes > kSegmentBytes) break;
    }
    if (end < graph.size() && cut < graph.size()) end = cut;
    std::set<NodeId> nodes;
    for (; begin < end; ++begin)
      if (!ir::is_source(graph.node(begin).op)) nodes.insert(begin);
    if (!nodes.empty()) segments.push_back(std::move(nodes));
  }
  return segments;
}

Segment compile(const ir::Model& whole, const std::set<NodeId>& keep, const Runtime& runtime) {
  ir::Subgraph part = ir::subgraph(whole.graph, keep);
  std::vector<NodeId> all;
  for (NodeId id = 0; id < part.graph.size(); ++id)
    if (!ir::is_source(part.graph.node(id).op)) all.push_back(id);
  const ir::Model model{ir::with_outputs(part.graph, all), whole.weights, whole.name,
                        whole.preprocess};
  return {part.inputs, {keep.begin(), keep.end()}, {runtime.engine, model, runtime.processor}};
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

void observe(const ir::Model& model, Images images, const Runtime& runtime, const See& see) {
  if (model.graph.inputs().size() != 1)
    throw ShapeError({.what = "calibration needs a network of one input", .where = model.name});
  const NodeId source = model.graph.inputs()[0];
  const std::vector<NodeId> last = last_readers(model.graph);
  // By node and image: the values that later segments read.
  std::map<NodeId, std::vector<std::vector<std::byte>>> kept;
  for (size_t image = 0; image < images.size(); ++image) {
    kept[source].push_back(ir::from_floats(images[image], model.graph.node(source).type));
    see(image, model.graph.node(source), kept[source].back());
  }
  for (const std::set<NodeId>& nodes : split(model.graph, last)) {
    const Segment segment = compile(model, nodes, runtime);
    const NodeId end = *nodes.rbegin();
    for (size_t image = 0; image < images.size(); ++image) {
      for (size_t i = 0; i < segment.inputs.size(); ++i) {
        const auto& value = kept.at(segment.inputs[i])[image];
        const auto target = segment.runner.input(i);
        if (value.size() != target.size())
          throw ShapeError({.what = "a calibration image has another size than the network's input",
                            .where = model.name});
        std::memcpy(target.data(), value.data(), target.size());
      }
      segment.runner.run();
      for (size_t i = 0; i < segment.nodes.size(); ++i) {
        const auto value = segment.runner.output(i);
        see(image, model.graph.node(segment.nodes[i]), value);
        if (last[segment.nodes[i]] > end)
          kept[segment.nodes[i]].emplace_back(value.begin(), value.end());
      }
    }
    std::erase_if(kept, [&](const auto& value) { return last[value.first] <= end; });
  }
}

Ranges calibrate(const ir::Model& model, Images images, const Runtime& runtime, const See& also) {
  if (images.empty())
    throw FormatError({.what = "calibration needs at least one image", .where = model.name});
  Ranges ranges;
  observe(model, images, runtime,
          [&](size_t image, const ir::Node& node, std::span<const std::byte> bytes) {
            const Range range = range_of(elements<float>(bytes));
            ranges[node.name].include(range.min, range.max);
            if (also) also(image, node, bytes);
          });
  return ranges;
}

}  // namespace nnstretch::quantize
