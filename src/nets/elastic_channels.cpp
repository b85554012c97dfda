#include "nets/elastic_channels.h"

#include "base/error.h"

namespace nnstretch::nets {
namespace {

Parts first(int64_t count) { return {{0, count}}; }

// Channels that each branch of a stage has in its merge.
std::map<int, std::vector<int64_t>> merged_widths(const ir::Graph& graph) {
  std::map<int, std::vector<int64_t>> widths;
  for (ir::NodeId id = 0; id < graph.size(); ++id)
    if (graph.op_if<ir::Concat>(id) && graph.node(id).at.branch == ir::Place::kMeeting)
      for (const ir::Shape& shape : graph.input_shapes(id))
        widths[graph.node(id).at.stage].push_back(shape.back());
  return widths;
}

class Walk {
 public:
  Walk(const ir::Graph& graph, const ir::Graph& supernet, bool align)
      : graph_(graph), align_(align), whole_(merged_widths(supernet)) {
    for (ir::NodeId id = 0; id < graph.size(); ++id) values_.push_back(value_of(id));
  }
  std::map<std::string, std::vector<Parts>> take() { return std::move(weights_); }

 private:
  // Of the value of a node, while its weights are noted.
  Parts value_of(ir::NodeId id) {
    const ir::Node& node = graph_.node(id);
    const Parts all = first(node.type.shape.back());
    if (node.inputs.empty()) return all;
    const Parts& in = values_[node.inputs[0]];
    if (graph_.op_if<ir::Concat>(id) && node.at.branch == ir::Place::kMeeting)
      return align_ ? merge(node, id) : all;
    if (const auto* conv = graph_.op_if<ir::Conv2d>(id)) return convolve(*conv, node, in, all);
    if (graph_.op_if<ir::Linear>(id)) {
      note(node, {all, in});
      return all;
    }
    if (ir::is_any<ir::BatchNorm, ir::Activation, ir::MaxPool, ir::Mean>(node.op)) {
      note(node, {in});
      return in;
    }
    for (const ir::NodeId x : node.inputs)
      if (values_[x] != first(graph_.node(x).type.shape.back())) refuse(node);
    return all;
  }

  Parts merge(const ir::Node& node, ir::NodeId id) const {
    const auto found = whole_.find(node.at.stage);
    const auto own = graph_.input_shapes(id);
    if (found == whole_.end() || found->second.size() != own.size())
      throw ShapeError(
          {.what = "the elastic network has another number of branches here", .where = node.name});
    Parts parts;
    int64_t begin = 0;
    for (size_t branch = 0; branch < own.size(); ++branch) {
      parts.push_back({begin, own[branch].back()});
      begin += found->second[branch];
    }
    return parts;
  }

  // A depthwise one keeps its channels apart; others with groups can only take the first.
  Parts convolve(const ir::Conv2d& conv, const ir::Node& node, const Parts& in, const Parts& all) {
    const int64_t width = graph_.node(node.inputs[0]).type.shape.back();
    const bool depthwise = conv.groups > 1 && conv.groups == width;
    if (conv.groups > 1 && !depthwise && in != first(width)) refuse(node);
    const Parts& out = depthwise ? in : all;
    note(node, {out, conv.groups == 1 ? in : first(width / conv.groups)});
    return out;
  }

  // The first axes of its weights; of a bias or a norm there is only one.
  void note(const ir::Node& node, const std::vector<Parts>& axes) {
    for (const std::string& weight : node.weights) weights_[weight] = axes;
  }

  [[noreturn]] static void refuse(const ir::Node& node) {
    throw ShapeError({.what = "needs channels of several branches in one order",
                      .where = node.name,
                      .fix = "set ELASTIC.ALIGN False, or give the stage another stride or width"});
  }

  const ir::Graph& graph_;
  bool align_;
  std::map<int, std::vector<int64_t>> whole_;
  std::vector<Parts> values_;
  std::map<std::string, std::vector<Parts>> weights_;
};

}  // namespace

std::map<std::string, std::vector<Parts>> channels_of(const ir::Graph& graph,
                                                      const ir::Graph& supernet, bool align) {
  return Walk(graph, supernet, align).take();
}

}  // namespace nnstretch::nets
