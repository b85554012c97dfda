// Names for the nodes that a pass adds to a graph.
#pragma once
#include <set>
#include <string>

#include "ir/graph.h"

namespace nnstretch::ir {

class FreshNames {
 public:
  // All names of the graph are taken.
  explicit FreshNames(const Graph& graph) {
    for (const Node& node : graph.nodes()) taken_.insert(node.name);
  }
  // The name or, if it is taken, the name with as many ' as it needs. It is taken from then on.
  std::string take(std::string name) {
    while (!taken_.insert(name).second) name.push_back('\'');
    return name;
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace nnstretch::ir
