#include "train/state.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "train/device.h"

namespace nnstretch::train {
namespace {

constexpr std::string_view kMean = "running_mean", kVariance = "running_var",
                           kCounter = "num_batches_tracked";

// "s1.b1.f.a.weight" -> "s1.b1.f.a"
std::string_view module_of(std::string_view name) {
  return name.substr(0, std::min(name.rfind('.'), name.size()));
}
std::string_view last_of(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// Blocks ("s1.b1") that have a shortcut with a convolution of its own.
std::set<std::string, std::less<>> blocks_with_projection(std::span<const ir::WeightSlot> slots) {
  std::set<std::string, std::less<>> blocks;
  for (const auto& slot : slots)
    if (last_of(module_of(slot.name)) == "proj") blocks.emplace(module_of(module_of(slot.name)));
  return blocks;
}

Kind kind_of(std::string_view name) {
  const auto last = last_of(name);
  if (last == kCounter) return Kind::counter;
  return last == kMean || last == kVariance ? Kind::statistic : Kind::parameter;
}

Tensor counter_from(const ir::WeightStore& weights, const std::string& name) {
  const ir::Tensor* found = weights.find(name);
  return torch::tensor(found && found->dtype == DType::i64 ? found->as<int64_t>()[0] : int64_t{0});
}

Tensor value_of(const StateSlot& slot, const ir::WeightStore& weights, Layout layout) {
  const ir::Tensor& stored = weights.at(slot.name);
  if (stored.shape != slot.shape || stored.dtype != DType::f32)
    throw ShapeError({.what = "weight of another shape or type than the network's: f32 " +
                              ir::to_string(slot.shape),
                      .where = slot.name});
  Tensor value = from_tensor(stored);
  if (value.dim() == 4) value = value.contiguous(memory_format(layout));
  return value.requires_grad_(slot.kind == Kind::parameter);
}

}  // namespace

torch::MemoryFormat memory_format(Layout layout) {
  return layout == Layout::nchw ? torch::MemoryFormat::Contiguous
                                : torch::MemoryFormat::ChannelsLast;
}

size_t State::index_of(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  return static_cast<size_t>(found - entries_.begin());
}

State State::clone() const {
  std::vector<Entry> copies = entries_;
  for (Entry& entry : copies) entry.value = entry.value.detach().clone();
  return State(std::move(copies));
}

void State::copy_from(const State& other) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < entries_.size(); ++i) entries_[i].value.copy_(other[i]);
}

std::vector<Tensor> State::tensors(Kind kind) const {
  std::vector<Tensor> found;
  for (const Entry& entry : entries_)
    if (entry.kind == kind && !entry.frozen) found.push_back(entry.value);
  return found;
}

std::string State::freeze(const std::vector<std::string>& modules) {
  for (const std::string& module : modules) {
    bool found = false;
    for (Entry& entry : entries_) {
      if (!entry.name.starts_with(module + ".")) continue;
      entry.frozen = found = true;
      if (entry.kind == Kind::parameter) entry.value.requires_grad_(false);
    }
    if (!found) return module;
  }
  return {};
}

std::vector<ir::WeightSlot> state_dict_order(const ir::Graph& graph) {
  const auto slots = ir::weight_slots(graph);
  const auto projecting = blocks_with_projection(slots);
  std::map<std::string_view, size_t> first_of_block;
  using Key = std::tuple<size_t, bool, size_t>;  // where it belongs, after a shortcut, as it came
  std::vector<std::pair<Key, size_t>> keys;
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::string_view module = module_of(slots[i].name), parent = module_of(module);
    for (std::string_view block = parent; !block.empty();
         block = block.find('.') == block.npos ? "" : module_of(block))
      if (projecting.contains(block)) first_of_block.try_emplace(block, i);
    const bool shortcut =
        projecting.contains(parent) && (last_of(module) == "proj" || last_of(module) == "bn");
    keys.push_back({{shortcut ? first_of_block.at(parent) : i, !shortcut, i}, i});
  }
  std::sort(keys.begin(), keys.end());
  std::vector<ir::WeightSlot> order;
  for (const auto& [key, i] : keys) order.push_back(slots[i]);
  return order;
}

std::vector<StateSlot> state_slots(const ir::Graph& graph) {
  std::vector<StateSlot> slots;
  for (const auto& slot : state_dict_order(graph)) {
    slots.push_back({slot.name, slot.shape, kind_of(slot.name)});
    if (last_of(slot.name) != kVariance) continue;
    slots.push_back(
        {std::string(module_of(slot.name)) + "." + std::string(kCounter), {}, Kind::counter});
  }
  return slots;
}

State make_state(const ir::Graph& graph, const ir::WeightStore& weights, Layout layout) {
  std::vector<Entry> entries;
  for (const StateSlot& slot : state_slots(graph))
    entries.push_back({slot.name,
                       slot.kind == Kind::counter ? counter_from(weights, slot.name)
                                                  : value_of(slot, weights, layout),
                       slot.kind});
  return State(std::move(entries));
}

ir::WeightStore to_store(const State& state) {
  ir::WeightStore store;
  for (const Entry& entry : state.entries()) store.set(entry.name, to_tensor(entry.value));
  return store;
}

ir::Tensor to_tensor(const Tensor& tensor) {
  const Tensor plain = tensor.detach().cpu().contiguous();
  const auto shape = plain.sizes().vec();
  const auto count = static_cast<size_t>(plain.numel());
  if (plain.scalar_type() == torch::kLong)
    return ir::make_tensor<int64_t>(shape, std::span(plain.data_ptr<int64_t>(), count));
  return ir::make_tensor<float>(shape, std::span(plain.data_ptr<float>(), count));
}

Tensor from_tensor(const ir::Tensor& tensor) {
  const auto type = tensor.dtype == DType::i64 ? torch::kLong : torch::kFloat;
  if (tensor.dtype != DType::i64 && tensor.dtype != DType::f32)
    throw FormatError({.what = "an optimiser keeps f32 and int64 numbers only"});
  Tensor made = torch::empty(tensor.shape, torch::TensorOptions().dtype(type));
  std::memcpy(made.data_ptr(), tensor.bytes->data(), tensor.bytes->size());
  return made.to(device());
}

}  // namespace nnstretch::train
