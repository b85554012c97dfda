#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/error.h"
#include "weights/weights.h"

// Every element is computed in double precision in the order written, without fused
// multiply-adds, and rounded once: other programs (the training side, tools in Python) make the
// same bits.
namespace nnstretch::weights {
namespace {

uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// Element `index` of the splitmix64 sequence that starts at `seed`, as a number in [0, 1).
double uniform(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 40) * 0x1p-24;
}

double fan_in(const ir::Shape& shape) {
  double product = 1;
  for (size_t i = 1; i < shape.size(); ++i) product *= static_cast<double>(shape[i]);
  return product;
}

// Convolutions keep the variance of activations under ReLU (2 / fan in), linear layers without
// one (1 / fan in). u is uniform in [0, 1), s = 2u - 1 in [-1, 1).
struct Rule {
  std::string_view ending;
  size_t rank;
  double (*value)(double u, double s, const ir::Shape& shape);
};
// The first rule that fits counts. `se.f_ex.2` is the convolution before the sigmoid of a
// squeeze-and-excitation gate: gates start open, or they would shrink all that passes.
constexpr auto kRules = std::to_array<Rule>({
    {"se.f_ex.2.bias", 1, [](double, double s, const ir::Shape&) { return s * 0.1 + 2.0; }},
    {"bias", 1, [](double, double s, const ir::Shape&) { return s * 0.1; }},
    {"running_mean", 1, [](double, double s, const ir::Shape&) { return s * 0.1; }},
    {"running_var", 1, [](double u, double, const ir::Shape&) { return 0.5 + u; }},
    {"weight", 1, [](double u, double, const ir::Shape&) { return 0.6 + 0.5 * u; }},
    {"weight", 2,
     [](double, double s, const ir::Shape& w) { return s * std::sqrt(3.0 / fan_in(w)); }},
    {"se.f_ex.2.weight", 4,
     [](double, double s, const ir::Shape& w) { return s * std::sqrt(6.0 / fan_in(w)) * 0.1; }},
    {"weight", 4,
     [](double, double s, const ir::Shape& w) { return s * std::sqrt(6.0 / fan_in(w)); }},
});

const Rule& rule_for(std::string_view name, const ir::Shape& shape) {
  for (const Rule& rule : kRules)
    if (name.ends_with(rule.ending) && shape.size() == rule.rank) return rule;
  throw ShapeError({.what = fmt::format("there is no rule to initialise a weight of shape {}",
                                        ir::to_string(shape)),
                    .where = std::string(name)});
}

}  // namespace

ir::Tensor initial_value(std::string_view name, const ir::Shape& shape) {
  const auto count = static_cast<size_t>(ir::count(shape));
  if (name.ends_with("num_batches_tracked"))
    return ir::make_tensor<int64_t>(shape, std::vector<int64_t>(count, 0));
  const Rule& rule = rule_for(name, shape);
  const uint64_t seed = fnv1a(name);
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    const double u = uniform(seed, i);
    values[i] = static_cast<float>(rule.value(u, 2.0 * u - 1.0, shape));
  }
  return ir::make_tensor<float>(shape, values);
}

ir::WeightStore initialise(const ir::Graph& graph) {
  ir::WeightStore store;
  for (const auto& [name, shape] : ir::weight_slots(graph))
    store.set(name, initial_value(name, shape));
  return store;
}

}  // namespace nnstretch::weights
