#include "train/initialise.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <map>
#include <span>

#include "config/plain.h"
#include "train/state.h"

namespace nnstretch::train {
namespace {

uint64_t seed_of(const std::string& name, int seed) {
  uint64_t hash = 0xcbf29ce484222325 ^ static_cast<uint64_t>(seed);
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

at::Generator random_for(const ir::WeightSlot& slot, int seed) {
  return at::detail::createCPUGenerator(seed_of(slot.name, seed));
}

Tensor normal(const ir::WeightSlot& slot, double deviation, int seed) {
  return torch::empty(slot.shape).normal_(0, deviation, random_for(slot, seed));
}

// "se.f_ex.0.bias" -> the inputs of an output of the convolution "se.f_ex.0"; of other slots 0.
std::map<std::string, double> bias_fans(std::span<const ir::WeightSlot> slots) {
  constexpr std::string_view kWeight = "weight", kBias = "bias";
  std::map<std::string, double> fans;
  for (const auto& [name, shape] : slots)
    if (shape.size() == 4 && name.ends_with(kWeight))
      fans[name.substr(0, name.size() - kWeight.size()) + std::string(kBias)] =
          static_cast<double>(shape[1] * shape[2] * shape[3]);
  return fans;
}

// The batch norm before a residual sum: of basic blocks f.b_bn, of bottlenecks f.c_bn.
bool is_final_gamma(const std::string& name, const config::Config& config) {
  const bool basic = config::as_anynet(config).anynet.block_type == "res_basic_block";
  return name.ends_with(basic ? ".f.b_bn.weight" : ".f.c_bn.weight");
}

// `bias_fan` as bias_fans() has it.
Tensor initial(const ir::WeightSlot& slot, double bias_fan, const config::Config& config) {
  const ir::Shape& shape = slot.shape;
  if (shape.size() == 4) {
    const double fan_out = static_cast<double>(shape[0] * shape[2] * shape[3]);
    return normal(slot, std::sqrt(2.0 / fan_out), config.rng_seed);
  }
  constexpr double kLinear = 0.01;
  if (shape.size() == 2) return normal(slot, kLinear, config.rng_seed);
  if (bias_fan > 0)
    return torch::empty(shape).uniform_(-1 / std::sqrt(bias_fan), 1 / std::sqrt(bias_fan),
                                        random_for(slot, config.rng_seed));
  const bool zero = config.bn.zero_init_final_gamma && is_final_gamma(slot.name, config);
  const bool one = slot.name.ends_with(".weight") || slot.name.ends_with(".running_var");
  return one && !zero ? torch::ones(shape) : torch::zeros(shape);
}

}  // namespace

ir::WeightStore initial_weights(const ir::Graph& graph, const config::Config& config) {
  ir::WeightStore store;
  const auto slots = ir::weight_slots(graph);
  auto fans = bias_fans(slots);
  for (const auto& slot : slots)
    store.set(slot.name, to_tensor(initial(slot, fans[slot.name], config)));
  return store;
}

}  // namespace nnstretch::train
