// Names that nothing has yet: for the nodes that a pass or a reader adds to a graph.
#pragma once
#include <map>
#include <set>
#include <string>

#include "ir/graph.h"

namespace nnstretch::ir {

class FreshNames {
 public:
  FreshNames() = default;
  // All names of the graph are taken.
  explicit FreshNames(const Graph& graph) {
    for (const Node& node : graph.nodes()) taken_.insert(node.name);
  }
  // The name or, if it is taken, the name with a number: "y#2". It is taken from then on.
  std::string take(const std::string& name) {
    if (taken_.insert(name).second) return name;
    for (size_t& number = last_.try_emplace(name, 1).first->second;;) {
      std::string numbered = name + '#' + std::to_string(++number);
      if (taken_.insert(numbered).second) return numbered;
    }
  }
  // False if it is taken already.
  bool take_exactly(const std::string& name) { return taken_.insert(name).second; }

 private:
  std::set<std::string, std::less<>> taken_;
  std::map<std::string, size_t> last_;  // the last number behind each name
};

}  // namespace nnstretch::ir
