#include "train/initialise.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "train/state.h"

namespace nnstretch::train {
namespace {

uint64_t seed_of(const std::string& name, int seed) {
  uint64_t hash = 0xcbf29ce484222325 ^ static_cast<uint64_t>(seed);
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

Tensor normal(const ir::WeightSlot& slot, double deviation, int seed) {
  return torch::empty(slot.shape)
      .normal_(0, deviation, at::detail::createCPUGenerator(seed_of(slot.name, seed)));
}

// The batch norm before a residual sum: of basic blocks f.b_bn, of bottlenecks f.c_bn.
bool is_final_gamma(const std::string& name, const std::string& block_type) {
  if (block_type == "res_basic_block") return name.ends_with(".f.b_bn.weight");
  return name.ends_with(".f.c_bn.weight");
}

Tensor initial(const ir::WeightSlot& slot, const config::Config& config) {
  const ir::Shape& shape = slot.shape;
  if (shape.size() == 4) {
    const double fan_out = static_cast<double>(shape[0] * shape[2] * shape[3]);
    return normal(slot, std::sqrt(2.0 / fan_out), config.rng_seed);
  }
  constexpr double kLinear = 0.01;
  if (shape.size() == 2) return normal(slot, kLinear, config.rng_seed);
  const bool zero =
      config.bn.zero_init_final_gamma && is_final_gamma(slot.name, config.anynet.block_type);
  const bool one = slot.name.ends_with(".weight") || slot.name.ends_with(".running_var");
  return one && !zero ? torch::ones(shape) : torch::zeros(shape);
}

}  // namespace

ir::WeightStore initial_weights(const ir::Graph& graph, const config::Config& config) {
  ir::WeightStore store;
  for (const auto& slot : ir::weight_slots(graph))
    store.set(slot.name, to_tensor(initial(slot, config)));
  return store;
}

}  // namespace nnstretch::train
