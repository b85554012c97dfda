// Reading of what only moves values: joins, cuts, other shapes and orders (raise.h).
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {
namespace {

using schema::BuiltinOperator;

int axis_of(const Raising& it, int64_t axis, const ir::Shape& shape) {
  const auto rank = static_cast<int64_t>(shape.size());
  if (axis < -rank || axis >= rank) it.refuse(fmt::format("there is no axis {}", axis));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

void concat(Raising& it) {
  const auto& given = it.options<schema::ConcatenationOptions>();
  if (it.act_of_field(given.fused_activation_function()) != ir::Act::none)
    it.refuse("an activation behind a concatenation is not known");
  it.need_inputs(1, std::numeric_limits<size_t>::max());
  it.give(ir::Concat{axis_of(it, given.axis(), it.in(0).shape)}, it.operands());
}

// ---- cuts

void cut(Raising& it, const std::vector<int64_t>& begin, const std::vector<int64_t>& size) {
  const ir::Shape& from = it.in(0).shape;
  std::optional<ir::Slice> found;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (begin[axis] < 0 || begin[axis] >= from[axis]) it.refuse("it begins outside of its operand");
    if (size[axis] == from[axis]) continue;
    if (found) it.refuse("only slices along one axis are known");
    found = ir::Slice{static_cast<int>(axis), static_cast<int>(begin[axis]),
                      static_cast<int>(size[axis])};
  }
  const int last = static_cast<int>(from.size()) - 1;
  it.give(found ? *found : ir::Slice{last, 0, static_cast<int>(from.back())}, {it.operand(0)});
}

void slice(Raising& it) {
  it.need_inputs(3, 3);
  const auto begin = it.int32s(1), size = it.int32s(2);
  const ir::Shape& from = it.in(0).shape;
  if (from.empty() || begin.size() != from.size() || size.size() != from.size())
    it.refuse("its begin and size are not of its operand's rank");
  std::vector<int64_t> taken;
  for (size_t axis = 0; axis < from.size(); ++axis)
    taken.push_back(size[axis] == -1 ? from[axis] - begin[axis] : size[axis]);
  cut(it, {begin.begin(), begin.end()}, taken);
}

void strided_slice(Raising& it) {
  it.need_inputs(4, 4);
  const auto& given = it.options<schema::StridedSliceOptions>();
  const auto begin = it.int32s(1), end = it.int32s(2), stride = it.int32s(3);
  const ir::Shape& from = it.in(0).shape;
  const size_t rank = from.size();
  if (from.empty() || begin.size() != rank || end.size() != rank || stride.size() != rank)
    it.refuse("its begin, end and strides are not of its operand's rank");
  if (given.ellipsis_mask() || given.new_axis_mask() || given.shrink_axis_mask())
    it.refuse("a slice that changes the number of dimensions is not known");
  std::vector<int64_t> first, size;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (stride[axis] != 1) it.refuse("only strides of 1 are known");
    const auto place = [&](int64_t at) {
      return std::clamp<int64_t>(at < 0 ? at + from[axis] : at, 0, from[axis]);
    };
    const bool whole_begin = given.begin_mask() >> axis & 1,
               whole_end = given.end_mask() >> axis & 1;
    first.push_back(whole_begin ? 0 : place(begin[axis]));
    size.push_back((whole_end ? from[axis] : place(end[axis])) - first.back());
    if (size.back() < 1) it.refuse("nothing is left of its operand");
  }
  cut(it, first, size);
}

void split(Raising& it) {
  it.need_inputs(2, 2);
  const auto axes = it.int32s(0);
  const ir::Shape& from = it.in(1).shape;
  if (axes.size() != 1) it.refuse("its axis is not one number");
  const int axis = axis_of(it, axes[0], from);
  const auto pieces = static_cast<int64_t>(it.op().outputs.size());
  const int64_t whole = from[static_cast<size_t>(axis)];
  if (it.options<schema::SplitOptions>().num_splits() != pieces || whole % pieces)
    it.refuse(fmt::format("{} elements do not make {} pieces", whole, pieces));
  const auto size = static_cast<int>(whole / pieces);
  for (int i = 0; i < static_cast<int>(pieces); ++i)
    it.give(it.op().outputs[static_cast<size_t>(i)], ir::Slice{axis, i * size, size},
            {it.operand(1)});
}

// ---- shapes

const std::vector<int32_t> kSwap = {0, 1, 3, 2};

// RESHAPE to groups, TRANSPOSE of the last two dimensions, RESHAPE back.
bool begins_shuffle(const Raising& it) {
  const ir::Shape &from = it.in(0).shape, &to = it.out().shape;
  const bool splits = !from.empty() && to.size() == 4 && to[0] == (from.size() > 1 ? from[0] : 1) &&
                      to[2] * to[3] == from.back() && ir::count(to) == ir::count(from);
  const FileOperator* swap =
      splits ? it.only_reader(it.op().output(), schema::BuiltinOperator::TRANSPOSE) : nullptr;
  if (!swap || swap->inputs.size() != 2 || swap->inputs[1] < 0 ||
      it.int32s_of(it.file().tensor(swap->inputs[1])) != kSwap)
    return false;
  const FileOperator* back = it.only_reader(swap->output(), schema::BuiltinOperator::RESHAPE);
  return back && it.file().tensor(back->output()).shape == from;
}

void reshape(Raising& it) {
  it.need_inputs(1, 2);
  if (const auto* grouped = std::get_if<Grouped>(&it.value(0)))
    return it.give(ir::Shuffle{static_cast<int>(grouped->groups)}, {it.node(grouped->of)});
  const ir::NodeId x = it.operand(0);
  if (begins_shuffle(it)) return it.keep(Grouped{it.op().inputs[0], it.out().shape[2]});
  it.give(ir::Reshape{it.out().shape}, {x});
}

void squeeze(Raising& it) {
  it.need_inputs(1, 1);
  it.give(ir::Reshape{it.out().shape}, {it.operand(0)});
}

void transpose(Raising& it) {
  it.need_inputs(2, 2);
  const auto order = it.int32s(1);
  if (const auto* grouped = std::get_if<Grouped>(&it.value(0))) return it.keep(*grouped);
  it.give(ir::Transpose{{order.begin(), order.end()}}, {it.operand(0)});
}

constexpr Row kRows[] = {
    {BuiltinOperator::CONCATENATION, concat},
    {BuiltinOperator::SLICE, slice},
    {BuiltinOperator::STRIDED_SLICE, strided_slice},
    {BuiltinOperator::SPLIT, split},
    {BuiltinOperator::RESHAPE, reshape},
    {BuiltinOperator::SQUEEZE, squeeze},
    {BuiltinOperator::TRANSPOSE, transpose},
};

}  // namespace

std::span<const Row> rows_of_moves() { return kRows; }

}  // namespace nnstretch::tflite
