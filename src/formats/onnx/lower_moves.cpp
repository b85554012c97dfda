// Writing of operators that move values and compute nothing (lower.h).
#include <fmt/format.h>

#include <numeric>

#include "formats/if_taken.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/lower.h"

namespace nnstretch::onnx {
namespace {

using Ints = std::vector<int64_t>;

// Whether NCHW and NHWC are the same bytes.
bool same_in_both(const ir::Shape& nhwc) {
  return nhwc.size() != 4 || nhwc[1] * nhwc[2] == 1 || nhwc[3] == 1;
}

void lower(Lowering& it, const ir::Concat& op, Site& site) {
  const int axis = axis_to_file(op.axis, site.node.type.shape.size());
  it.out().op("Concat", site.in, site.out, {{"axis", int64_t{axis}}});
}

void lower(Lowering& it, const ir::Slice& op, Site& site) {
  const auto table = [&](std::string_view suffix, int64_t value) {
    return it.out().int64s(fmt::format("{}{}", site.node.name, suffix), std::span(&value, 1));
  };
  it.out().op("Slice",
              {site.in[0], table("_begin", op.begin), table("_end", int64_t{op.begin} + op.size),
               table("_axis", axis_to_file(op.axis, site.node.type.shape.size()))},
              site.out);
}

void lower(Lowering& it, const ir::Shuffle& op, Site& site) {
  const ir::Shape shape = to_file(site.node.type.shape);
  const size_t axis = shape.size() == 4 ? 1 : shape.size() - 1;  // of the channels
  ir::Shape split(shape);
  split[axis] = op.groups;
  split.insert(split.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape[axis] / op.groups);
  Ints order(split.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  std::swap(order[axis], order[axis + 1]);
  const std::string groups = it.beside(site, "_groups"), swapped = it.beside(site, "_swapped");
  it.out().op("Reshape", {site.in[0], it.out().int64s(site.node.name + "_groups_shape", split)},
              groups);
  it.out().op("Transpose", {groups}, swapped, {{"perm", order}});
  it.out().op("Reshape", {swapped, it.out().int64s(site.node.name + "_shape", shape)}, site.out);
}

void lower(Lowering& it, const ir::Pad& op, Site& site) {
  const ir::Pads& p = op.pads;
  const Ints table = {0, 0, p.top, p.left, 0, 0, p.bottom, p.right};
  it.out().op("Pad", {site.in[0], it.out().int64s(site.node.name + "_pads", table)}, site.out);
}

// Elements keep their order in NHWC.
void lower(Lowering& it, const ir::Reshape& op, Site& site) {
  std::string from = site.in[0];
  if (!same_in_both(it.operand(site, 0).type.shape)) {
    from = it.beside(site, "_nhwc");
    it.out().op("Transpose", {site.in[0]}, from, {{"perm", Ints{0, 2, 3, 1}}});
  }
  const bool direct = same_in_both(op.shape);
  const Ints shape = direct ? to_file(op.shape) : op.shape;
  const std::string to = direct ? site.out : it.beside(site, "_reshaped");
  it.out().op("Reshape", {from, it.out().int64s(site.node.name + "_shape", shape)}, to);
  if (!direct) it.out().op("Transpose", {to}, site.out, {{"perm", Ints{0, 3, 1, 2}}});
}

void lower(Lowering& it, const ir::Transpose& op, Site& site) {
  const size_t rank = op.order.size();
  Ints perm(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    const int ours = axis_from_file(static_cast<int>(axis), rank);
    perm[axis] = axis_to_file(static_cast<int>(op.order[static_cast<size_t>(ours)]), rank);
  }
  it.out().op("Transpose", site.in, site.out, {{"perm", perm}});
}

}  // namespace

bool lower_move(Lowering& it, Site& site) {
  return formats::if_taken(site.node.op, [&](const auto& op) -> decltype(lower(it, op, site)) {
    return lower(it, op, site);
  });
}

}  // namespace nnstretch::onnx
