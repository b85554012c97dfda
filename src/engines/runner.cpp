#include "engines/runner.h"

#include <cstring>

#include "base/error.h"

namespace nnstretch::engines {
namespace {

std::vector<AlignedBytes> buffers_for(const ir::Graph& graph,
                                      const std::vector<ir::NodeId>& values) {
  std::vector<AlignedBytes> buffers;
  for (const ir::NodeId id : values) buffers.emplace_back(graph.node(id).type.bytes());
  return buffers;
}

std::vector<Buffer> views(const std::vector<AlignedBytes>& memory) {
  std::vector<Buffer> buffers;
  for (const AlignedBytes& bytes : memory) buffers.push_back({bytes.data(), bytes.size()});
  return buffers;
}

}  // namespace

Runner::Runner(const Engine& engine, const ir::Model& model, const Processor& processor)
    : inputs_(buffers_for(model.graph, model.graph.inputs())),
      outputs_(buffers_for(model.graph, model.graph.outputs())),
      compiled_(engine.compile(model, processor)),
      instance_(compiled_->instantiate()) {
  instance_->bind(views(inputs_), views(outputs_));
}

std::span<const std::byte> Runner::run(std::span<const std::byte> input) {
  if (input.size() != inputs_.at(0).size())
    throw ShapeError({.what = "the input has another size than the network's"});
  std::memcpy(inputs_[0].data(), input.data(), input.size());
  run();
  return output(0);
}

}  // namespace nnstretch::engines
