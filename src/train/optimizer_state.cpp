#include "train/optimizer_state.h"

#include <fmt/format.h>

#include "base/error.h"
#include "train/schedule.h"

namespace nnstretch::train {
namespace {

using weights::TorchValue;
using Dict = TorchValue::Dict;
using List = TorchValue::List;

TorchValue text(std::string_view value) { return {std::string(value)}; }

// What torch.optim keeps beside the parameters' numbers; it refuses a group without them.
void put_options(Dict& group, const config::Optim& optim) {
  if (optim.optimizer == "sgd") {
    group.push_back({text("momentum"), {optim.momentum}});
    group.push_back({text("dampening"), {optim.dampening}});
    group.push_back({text("nesterov"), {optim.nesterov}});
  } else {
    group.push_back({text("betas"), {List{{optim.beta1}, {optim.beta2}}}});
    group.push_back({text("eps"), {1e-8}});
    group.push_back({text("amsgrad"), {false}});
    group.push_back({text("capturable"), {false}});
  }
  group.push_back({text("maximize"), {false}});
  group.push_back({text("foreach"), {}});
  if (optim.optimizer == "sgd") group.push_back({text("differentiable"), {false}});
}

[[noreturn]] void misfit(std::string what, const std::string& where) {
  throw FormatError({.what = "optimizer_state: " + std::move(what),
                     .where = where,
                     .fix = "go on with the configuration it was written with, or set "
                            "TRAIN.AUTO_RESUME False"});
}

// Sizes of the groups must agree, or indices mean other parameters.
void check_groups(const Optimizer& optimizer, const TorchValue& saved, const std::string& where) {
  const TorchValue* groups = saved.find("param_groups");
  const auto* list = groups ? groups->get_if<List>() : nullptr;
  if (!list || list->size() != optimizer.groups().size())
    misfit(fmt::format("{} groups of parameters, not {}", list ? list->size() : 0,
                       optimizer.groups().size()),
           where);
  for (size_t i = 0; i < list->size(); ++i) {
    const TorchValue* parameters = (*list)[i].find("params");
    const auto* numbers = parameters ? parameters->get_if<List>() : nullptr;
    const size_t wanted = optimizer.groups()[i].parameters.size();
    if (!numbers || numbers->size() != wanted)
      misfit(fmt::format("group {} has {} parameters, not {}", i, numbers ? numbers->size() : 0,
                         wanted),
             where);
  }
}

Optimizer::Memory read_memory(const TorchValue& saved, const Tensor& parameter,
                              const std::string& where) {
  Optimizer::Memory memory;
  const auto* entries = saved.get_if<Dict>();
  if (!entries) misfit("a parameter's numbers are no dictionary", where);
  for (const auto& [key, value] : *entries) {
    const auto* name = key.get_if<std::string>();
    const auto* tensor = value.get_if<ir::Tensor>();
    if (!name || (*name != "momentum_buffer" && *name != "exp_avg" && *name != "exp_avg_sq" &&
                  *name != "step"))
      misfit("numbers of another optimiser", where);
    if (value.get_if<TorchValue::None>()) continue;
    if (*name == "step" && value.number()) {  // a plain number before torch 1.12
      memory[*name] = torch::tensor(static_cast<float>(*value.number()));
      continue;
    }
    const auto shape = *name == "step" ? ir::Shape{} : parameter.sizes().vec();
    if (!tensor || tensor->shape != shape)
      misfit(fmt::format("'{}' has another shape than its parameter", *name), where);
    Tensor kept = from_tensor(*tensor);
    memory[*name] = kept.dim() == 4 ? kept.contiguous(parameter.suggest_memory_format()) : kept;
  }
  return memory;
}

}  // namespace

TorchValue to_optimizer_state(const Optimizer& optimizer, const config::Config& config, int epoch) {
  Dict state;
  int64_t index = 0;
  for (const Optimizer::Memory& memory : optimizer.memories()) {
    Dict numbers;
    for (const auto& [name, tensor] : memory) numbers.push_back({text(name), {to_tensor(tensor)}});
    if (!numbers.empty()) state.push_back({{index}, {std::move(numbers)}});
    ++index;
  }
  List groups;
  int64_t parameter = 0;
  for (const Group& group : optimizer.groups()) {
    List indices;
    for (size_t i = 0; i < group.parameters.size(); ++i) indices.push_back({parameter++});
    Dict saved = {{text("weight_decay"), {group.weight_decay}},
                  {text("lr"), {learning_rate(config, epoch)}}};
    put_options(saved, config.optim);
    saved.push_back({text("params"), {std::move(indices)}});
    groups.push_back({std::move(saved)});
  }
  return {Dict{{text("state"), {std::move(state)}}, {text("param_groups"), {std::move(groups)}}}};
}

void restore_optimizer(Optimizer& optimizer, const State& state, const TorchValue& saved,
                       const std::string& where) {
  const auto* dict = saved.get_if<Dict>();
  if (dict && dict->empty()) return;  // a checkpoint of weights alone
  check_groups(optimizer, saved, where);
  std::vector<Tensor> parameters;
  for (const Group& group : optimizer.groups())
    for (const size_t index : group.parameters) parameters.push_back(state[index]);
  std::vector<Optimizer::Memory> memories(parameters.size());
  const TorchValue* numbers = saved.find("state");
  const auto* entries = numbers ? numbers->get_if<Dict>() : nullptr;
  if (!entries) misfit("no numbers of parameters", where);
  for (const auto& [key, value] : *entries) {
    const auto* index = key.get_if<int64_t>();
    if (!index || *index < 0 || static_cast<size_t>(*index) >= parameters.size())
      misfit("a parameter that is not there", where);
    const auto at = static_cast<size_t>(*index);
    memories[at] = read_memory(value, parameters[at], where);
  }
  optimizer.memories() = std::move(memories);
}

}  // namespace nnstretch::train
