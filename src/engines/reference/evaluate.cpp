#include "engines/reference/evaluate.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "engines/reference/reference_engine.h"
#include "engines/runner.h"

namespace nnstretch::engines {

std::vector<std::vector<std::byte>> evaluate(const ir::Model& model,
                                             std::span<const std::vector<std::byte>> inputs) {
  if (inputs.size() != model.graph.inputs().size())
    throw ShapeError({.what = fmt::format("{} inputs for a graph of {}", inputs.size(),
                                          model.graph.inputs().size()),
                      .where = model.name});
  Runner runner(ReferenceEngine(), model, Processor{});
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() != runner.input(i).size())
      throw ShapeError({.what = fmt::format("{} bytes for an input of {}", inputs[i].size(),
                                            runner.input(i).size()),
                        .where = model.graph.node(model.graph.inputs()[i]).name});
    std::memcpy(runner.input(i).data(), inputs[i].data(), inputs[i].size());
  }
  runner.run();
  std::vector<std::vector<std::byte>> outputs;
  for (size_t i = 0; i < model.graph.outputs().size(); ++i)
    outputs.emplace_back(runner.output(i).begin(), runner.output(i).end());
  return outputs;
}

}  // namespace nnstretch::engines
