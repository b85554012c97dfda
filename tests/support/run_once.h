// One run of a graph on one engine.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "engines/runner.h"

namespace nnstretch::testing {

// Its outputs for these inputs, both in the order of the graph.
inline std::vector<std::vector<std::byte>> run_once(
    const engines::Engine& engine, const ir::Model& model, const engines::Processor& processor,
    const std::vector<std::vector<std::byte>>& inputs) {
  engines::Runner runner(engine, model, processor);
  for (size_t i = 0; i < inputs.size(); ++i)
    std::copy(inputs[i].begin(), inputs[i].end(), runner.input(i).begin());
  runner.run();
  std::vector<std::vector<std::byte>> outputs;
  for (size_t i = 0; i < model.graph.outputs().size(); ++i)
    outputs.emplace_back(runner.output(i).begin(), runner.output(i).end());
  return outputs;
}

}  // namespace nnstretch::testing
