#include "engines/reference/memory_plan.h"

#include <algorithm>

namespace nnstretch::engines {
namespace {

// Hands out blocks; a block that is given back may grow when it is handed out again.
class Blocks {
 public:
  size_t take(size_t bytes) {
    // The largest free block: it has to grow least, and large values follow large values.
    const auto largest = std::max_element(free_.begin(), free_.end(),
                                          [&](size_t a, size_t b) { return sizes[a] < sizes[b]; });
    if (largest == free_.end()) {
      sizes.push_back(bytes);
      return sizes.size() - 1;
    }
    const size_t block = *largest;
    free_.erase(largest);
    sizes[block] = std::max(sizes[block], bytes);
    return block;
  }
  void give_back(size_t block) { free_.push_back(block); }

  std::vector<size_t> sizes;

 private:
  std::vector<size_t> free_;
};

ir::NodeId last_reader(const ir::Graph& graph, ir::NodeId id) {
  const auto& readers = graph.readers(id);
  return readers.empty() ? id : readers.back();
}

}  // namespace

MemoryPlan plan_memory(const ir::Graph& graph) {
  MemoryPlan plan{.block_of = std::vector<size_t>(graph.size(), MemoryPlan::kOutside),
                  .block_bytes = {}};
  Blocks blocks;
  std::vector<std::vector<size_t>> freed_after(graph.size());
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    if (!graph.op_if<ir::Input>(id) && !graph.is_output(id)) {
      plan.block_of[id] = blocks.take(graph.node(id).type.bytes());
      freed_after[last_reader(graph, id)].push_back(plan.block_of[id]);
    }
    for (const size_t block : freed_after[id]) blocks.give_back(block);
  }
  plan.block_bytes = std::move(blocks.sizes);
  return plan;
}

}  // namespace nnstretch::engines
