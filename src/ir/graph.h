// The one representation of a network: an immutable list of nodes in an order in which they can
// run.
//     GraphBuilder builder;
//     NodeId x = builder.add({.name = "x", .op = Input{{DType::f32, {1, 8, 8, 4}}}});
//     NodeId y = builder.add({.name = "y", .op = Conv2d{16, Window::square(3, 2)}, .inputs = {x},
//                             .weights = {"y.weight"}});
//     Graph graph = std::move(builder).finish({y});
// A node computes one value, so a node and its value share one id. Numbers live in a WeightStore.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/preprocess.h"
#include "ir/ops/op.h"
#include "ir/weight_store.h"

namespace nnstretch::ir {

using NodeId = uint32_t;

// Where in the network a node stands. Stage 0 is the stem, 1..N the stages, N+1 the head.
struct Place {
  static constexpr int kMeeting = -1;  // branch of the concatenation that ends a stage

  int stage = 0;
  int branch = 0;
  std::string role;  // "cpu", "gpu", "dsp", ...: whose work it is
  bool operator==(const Place&) const = default;
};

// What the author of a node says of it.
struct NodeSpec {
  std::string name;  // unique in the graph; the tensor's name in model files
  Op op;
  std::vector<NodeId> inputs = {};
  std::vector<std::string> weights = {};  // names in the WeightStore, as weight_shapes() lists them
  std::optional<Quant> quant = {};        // of the value, in an int8 graph; operators that keep the
                                          // scale of their input need none
  Place at = {};
};

struct Node : NodeSpec {
  TensorType type;  // of the value; inferred
};

class Graph {
 public:
  std::span<const Node> nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_.at(id); }
  size_t size() const { return nodes_.size(); }
  const std::vector<NodeId>& inputs() const { return inputs_; }    // Input nodes, ascending
  const std::vector<NodeId>& outputs() const { return outputs_; }  // any nodes, in the order given
  // Nodes that read the value of `id`, ascending, each once.
  const std::vector<NodeId>& readers(NodeId id) const { return readers_.at(id); }
  bool is_output(NodeId id) const;
  // The op of a node if it is of this kind, else null.
  template <class T>
  const T* op_if(NodeId id) const {
    return std::get_if<T>(&nodes_.at(id).op);
  }
  // ShapeError if there is no node of that name.
  NodeId find(std::string_view name) const;
  // Shapes of the operands of a node, in order.
  std::vector<Shape> input_shapes(NodeId id) const;

 private:
  friend class GraphBuilder;
  std::vector<Node> nodes_;
  std::vector<NodeId> inputs_, outputs_;
  std::vector<std::vector<NodeId>> readers_;
};

// Makes a graph node by node; each node is checked when it comes, so a Graph is always sound.
class GraphBuilder {
 public:
  // ShapeError names the node: operands that are not there or do not fit, a name used twice, a
  // wrong number of weights, an int8 value without a scale.
  NodeId add(NodeSpec spec);
  // How many weights such a node has; ShapeError as add().
  size_t weight_count(const NodeSpec& spec) const;
  const TensorType& type(NodeId id) const { return graph_.node(id).type; }
  const Graph& so_far() const { return graph_; }  // without outputs
  Graph finish(std::vector<NodeId> outputs) &&;

 private:
  std::vector<const Node*> operands(const NodeSpec& spec) const;

  Graph graph_;
  std::map<std::string, NodeId, std::less<>> names_;
};

// A network that can be run, written and compiled.
struct Model {
  Graph graph;
  WeightStore weights;
  std::string name;  // the config's stem: "R-34-CD"
  image::Preprocess preprocess;
  std::vector<std::string> notes = {};  // what the reader of its file had to make out by itself
};

// Whether any value is stored as an integer with a scale.
bool is_quantised(const Graph& graph);

// What a node costs by its shapes, and all nodes of a graph.
Cost cost_of(const Graph& graph, NodeId id);
Cost cost_of(const Graph& graph);

// Every weight the graph names, with the shape it must have, in order of first use.
struct WeightSlot {
  std::string name;
  Shape shape;
};
std::vector<WeightSlot> weight_slots(const Graph& graph);

// ShapeError naming the first weight that is missing or has another shape.
void check_weights(const Graph& graph, const WeightStore& weights);

// Hexadecimal digest of graph and weights: equal if and only if they compute the same.
std::string content_hash(const Graph& graph, const WeightStore& weights);

}  // namespace nnstretch::ir
