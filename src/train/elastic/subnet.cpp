#include "train/elastic/subnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "train/device.h"

namespace nnstretch::train {
namespace {

// Where each entry of a state stands, with the shape it has.
struct Stored {
  size_t index = 0;
  ir::Shape shape;
};
std::map<std::string, Stored> stored_in(const std::vector<StateSlot>& slots) {
  std::map<std::string, Stored> stored;
  for (size_t i = 0; i < slots.size(); ++i) stored[slots[i].name] = {i, slots[i].shape};
  return stored;
}

void check(const std::string& name, const Stored& stored, const ir::Shape& shape,
           const std::vector<nets::Parts>& axes) {
  bool fits = stored.shape.size() == shape.size();
  for (size_t axis = 0; fits && axis < shape.size(); ++axis)
    fits = axis < axes.size()
               ? axes[axis].back().begin + axes[axis].back().count <= stored.shape[axis]
               : shape[axis] == stored.shape[axis];
  if (!fits)
    throw ShapeError({.what = fmt::format("the elastic network has {} where {} is needed",
                                          ir::to_string(stored.shape), ir::to_string(shape)),
                      .where = name});
}

Tensor take(Tensor from, const std::vector<nets::Parts>& axes) {
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    std::vector<Tensor> taken;
    for (const auto& [begin, count] : axes[i]) taken.push_back(from.narrow(axis, begin, count));
    from = taken.size() == 1 ? taken[0] : at::cat(taken, axis);
  }
  return from;
}

Tensor new_statistic(const std::string& name, Kind kind, const ir::Shape& shape) {
  if (kind == Kind::counter) return torch::tensor(int64_t{0});
  return torch::full(shape, name.ends_with("var") ? 1.0 : 0.0, device());
}

}  // namespace

Subnet::Subnet(const ir::Graph& graph, const ir::Graph& supernet, bool align) : network_(graph) {
  auto channels = nets::channels_of(graph, supernet, align);
  const auto stored = stored_in(state_slots(supernet));
  for (const StateSlot& slot : state_slots(graph)) {
    Slice slice{slot.name, slot.kind, slot.shape, 0, {}};
    if (slot.kind == Kind::parameter) {
      const auto found = stored.find(slot.name);
      if (found == stored.end())
        throw ShapeError({.what = "the elastic network has no such weight", .where = slot.name});
      slice.index = found->second.index;
      slice.axes = std::move(channels.at(slot.name));
      slice.axes.resize(std::min(slice.axes.size(), slot.shape.size()));
      check(slot.name, found->second, slot.shape, slice.axes);
    }
    slices_.push_back(std::move(slice));
  }
}

State Subnet::view(const State& supernet) const {
  std::vector<Entry> entries;
  for (const Slice& slice : slices_)
    entries.push_back({slice.name,
                       slice.kind == Kind::parameter
                           ? take(supernet[slice.index], slice.axes)
                           : new_statistic(slice.name, slice.kind, slice.shape),
                       slice.kind});
  return State(std::move(entries));
}

}  // namespace nnstretch::train
