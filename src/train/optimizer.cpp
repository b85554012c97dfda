#include "train/optimizer.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/error.h"

namespace nnstretch::train {
namespace {

constexpr double kEpsilon = 1e-8;  // of Adam, as torch.optim has it

double decay(bool custom, double own, const config::Config& config) {
  return custom ? own : config.optim.weight_decay;
}

}  // namespace

std::vector<Group> parameter_groups(const State& state, const config::Config& config) {
  constexpr std::array<std::string_view, 4> kMarks = {"bn", "ln", "bias", ""};
  std::array<Group, 4> all;
  all[0].weight_decay =
      decay(config.bn.use_custom_weight_decay, config.bn.custom_weight_decay, config);
  all[1].weight_decay =
      decay(config.ln.use_custom_weight_decay, config.ln.custom_weight_decay, config);
  all[2].weight_decay = decay(config.optim.bias_use_custom_weight_decay,
                              config.optim.bias_custom_weight_decay, config);
  all[3].weight_decay = config.optim.weight_decay;
  for (size_t i = 0; i < state.size(); ++i) {
    const Entry& entry = state.entries()[i];
    if (entry.kind != Kind::parameter) continue;
    size_t group = 0;
    while (entry.name.find(kMarks[group]) == std::string::npos) ++group;
    all[group].parameters.push_back(i);
  }
  std::vector<Group> groups;
  for (Group& group : all)
    if (!group.parameters.empty()) groups.push_back(std::move(group));
  return groups;
}

void clip_gradients(const State& state, double most) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> gradients, lengths;
  for (const Tensor& parameter : state.tensors(Kind::parameter))
    if (parameter.grad().defined()) {
      gradients.push_back(parameter.grad());
      lengths.push_back(parameter.grad().norm());
    }
  if (gradients.empty()) return;
  constexpr double kTiny = 1e-6;  // torch's, against gradients of 0
  const Tensor scale = (most / (torch::stack(lengths).norm() + kTiny)).clamp_max(1.0);
  for (const Tensor& gradient : gradients) gradient.mul_(scale);
}

Optimizer::Optimizer(const config::Config& config, const State& state)
    : options_(config.optim), groups_(parameter_groups(state, config)) {
  const std::string& name = options_.optimizer;
  if (name != "sgd" && name != "adam" && name != "adamw")
    throw ConfigError({.what = fmt::format("OPTIMIZER '{}' is not known", name),
                       .where = config.where("OPTIM.OPTIMIZER"),
                       .fix = "use sgd, adam or adamw"});
  method_ = name == "sgd" ? Method::sgd : name == "adam" ? Method::adam : Method::adamw;
  size_t count = 0;
  for (const Group& group : groups_) count += group.parameters.size();
  memories_.resize(count);
}

std::vector<std::string> Optimizer::memory_names() const {
  if (method_ != Method::sgd) return {"exp_avg", "exp_avg_sq", "step"};
  return options_.momentum == 0 ? std::vector<std::string>()
                                : std::vector<std::string>{"momentum_buffer"};
}

void Optimizer::step(const State& state, double rate) {
  const torch::NoGradGuard no_grad;
  size_t at = 0;
  for (const Group& group : groups_)
    for (const size_t index : group.parameters) {
      Memory& memory = memories_[at++];
      Tensor value = state[index];
      Tensor gradient = value.grad();
      if (!gradient.defined()) continue;
      const bool of_head = state.entries()[index].name.starts_with("head.");
      const double own_rate = of_head ? rate * options_.head_lr_mult : rate;
      if (method_ == Method::adamw)
        value.mul_(1 - own_rate * group.weight_decay);
      else if (group.weight_decay != 0)
        gradient = gradient.add(value, group.weight_decay);
      method_ == Method::sgd ? descend(value, gradient, memory, own_rate)
                             : adapt(value, gradient, memory, own_rate);
    }
}

void Optimizer::descend(Tensor value, const Tensor& gradient, Memory& memory, double rate) {
  const double momentum = options_.momentum;
  if (momentum == 0) {
    value.sub_(gradient, rate);
    return;
  }
  Tensor& velocity = memory["momentum_buffer"];
  if (!velocity.defined())
    velocity = gradient.clone();
  else
    velocity.mul_(momentum).add_(gradient, 1 - options_.dampening);
  value.sub_(options_.nesterov ? gradient.add(velocity, momentum) : velocity, rate);
}

void Optimizer::adapt(Tensor value, const Tensor& gradient, Memory& memory, double rate) {
  Tensor &mean = memory["exp_avg"], &square = memory["exp_avg_sq"], &step = memory["step"];
  if (!mean.defined()) {
    mean = torch::zeros_like(value);
    square = torch::zeros_like(value);
    step = torch::zeros({});
  }
  step.add_(1);
  const double count = step.item<float>();
  mean.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
  square.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
  const double mean_scale = 1 - std::pow(options_.beta1, count);
  const double square_scale = std::sqrt(1 - std::pow(options_.beta2, count));
  value.addcdiv_(mean, (square.sqrt() / square_scale).add_(kEpsilon), -rate / mean_scale);
}

}  // namespace nnstretch::train
