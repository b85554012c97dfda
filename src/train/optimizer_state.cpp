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

// One of a parameter's numbers, in its form.
Tensor read_number(const std::string& name, const TorchValue& saved, const Tensor& parameter,
                   const std::string& where) {
  const bool is_step = name == "step";
  if (is_step && saved.number())  // a plain number before torch 1.12
    return torch::tensor(static_cast<float>(*saved.number()));
  const auto* tensor = saved.get_if<ir::Tensor>();
  if (!tensor || tensor->shape != (is_step ? ir::Shape{} : parameter.sizes().vec()))
    misfit(fmt::format("'{}' has another shape than its parameter", name), where);
  const Tensor kept = from_tensor(*tensor).to(torch::kFloat);
  return kept.dim() == 4 ? kept.contiguous(parameter.suggest_memory_format()) : kept;
}

// Exactly what the optimiser keeps; nothing for a parameter that it has not moved yet.
Optimizer::Memory read_memory(const TorchValue& saved, const Optimizer& optimizer,
                              const Tensor& parameter, const std::string& where) {
  Optimizer::Memory memory;
  const auto names = optimizer.memory_names();
  for (const std::string& name : names)
    if (const TorchValue* number = saved.find(name))
      memory[name] = read_number(name, *number, parameter, where);
  const bool all = memory.size() == names.size(), none = memory.empty();
  bool holds_numbers = false;
  if (const auto* entries = saved.get_if<Dict>())
    for (const auto& entry : *entries) holds_numbers |= !entry.value.get_if<TorchValue::None>();
  if (!all && !(none && !holds_numbers)) misfit("numbers of another optimiser", where);
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
    memories[at] = read_memory(value, optimizer, parameters[at], where);
  }
  optimizer.memories() = std::move(memories);
}

}  // namespace nnstretch::train
