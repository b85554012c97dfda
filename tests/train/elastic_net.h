// Random numbers for an elastic network: pictures and parameters.
#pragma once
#include <ATen/CPUGeneratorImpl.h>

#include "nets/build.h"
#include "nets/elastic_config.h"
#include "support/paths.h"
#include "support/recipe.h"
#include "train/state.h"
#include "weights/weights.h"

namespace nnstretch::testing {

inline train::Tensor random_images(uint64_t seed, int64_t size, int64_t count = 4) {
  return torch::randn({count, 3, size, size}, at::detail::createCPUGenerator(seed));
}

// Parameters around what a network has that learns; statistics 0 and 1.
inline train::State random_state(const ir::Graph& graph, uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  ir::WeightStore store;
  for (const auto& slot : ir::weight_slots(graph)) {
    const bool statistic = slot.name.find(".running_") != std::string::npos;
    train::Tensor value = torch::empty(slot.shape).normal_(0, 0.3, generator);
    if (slot.shape.size() == 1) value = value + (slot.name.ends_with("weight") ? 1 : 0);
    if (statistic)
      value = slot.name.ends_with("var") ? torch::ones(slot.shape) : torch::zeros(slot.shape);
    store.set(slot.name, train::to_tensor(value));
  }
  return train::make_state(graph, store);
}

}  // namespace nnstretch::testing
