// Reading of what only moves values: joins, cuts, other shapes and orders.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {

int Raising::axis_of(int64_t axis, const ir::Shape& shape) const {
  const auto rank = static_cast<int64_t>(shape.size());
  if (axis < -rank || axis >= rank) refuse(fmt::format("there is no axis {}", axis));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

void Raising::concat() {
  const auto& given = options<schema::ConcatenationOptions>();
  if (act_of_field(given.fused_activation_function()) != ir::Act::none)
    refuse("an activation behind a concatenation is not known");
  need_inputs(1, std::numeric_limits<size_t>::max());
  give(ir::Concat{axis_of(given.axis(), in(0).shape)}, operands());
}

// ---- cuts

void Raising::cut(const std::vector<int64_t>& begin, const std::vector<int64_t>& size) {
  const ir::Shape& from = in(0).shape;
  std::optional<ir::Slice> found;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (begin[axis] < 0 || begin[axis] >= from[axis]) refuse("it begins outside of its operand");
    if (size[axis] == from[axis]) continue;
    if (found) refuse("only slices along one axis are known");
    found = ir::Slice{static_cast<int>(axis), static_cast<int>(begin[axis]),
                      static_cast<int>(size[axis])};
  }
  const int last = static_cast<int>(from.size()) - 1;
  give(found ? *found : ir::Slice{last, 0, static_cast<int>(from.back())}, {operand(0)});
}

void Raising::slice() {
  need_inputs(3, 3);
  const auto begin = int32s(1), size = int32s(2);
  const ir::Shape& from = in(0).shape;
  if (from.empty() || begin.size() != from.size() || size.size() != from.size())
    refuse("its begin and size are not of its operand's rank");
  std::vector<int64_t> taken;
  for (size_t axis = 0; axis < from.size(); ++axis)
    taken.push_back(size[axis] == -1 ? from[axis] - begin[axis] : size[axis]);
  cut({begin.begin(), begin.end()}, taken);
}

void Raising::strided_slice() {
  need_inputs(4, 4);
  const auto& given = options<schema::StridedSliceOptions>();
  const auto begin = int32s(1), end = int32s(2), stride = int32s(3);
  const ir::Shape& from = in(0).shape;
  const size_t rank = from.size();
  if (from.empty() || begin.size() != rank || end.size() != rank || stride.size() != rank)
    refuse("its begin, end and strides are not of its operand's rank");
  if (given.ellipsis_mask() || given.new_axis_mask() || given.shrink_axis_mask())
    refuse("a slice that changes the number of dimensions is not known");
  std::vector<int64_t> first, size;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (stride[axis] != 1) refuse("only strides of 1 are known");
    const auto place = [&](int64_t at) {
      return std::clamp<int64_t>(at < 0 ? at + from[axis] : at, 0, from[axis]);
    };
    const bool whole_begin = given.begin_mask() >> axis & 1,
               whole_end = given.end_mask() >> axis & 1;
    first.push_back(whole_begin ? 0 : place(begin[axis]));
    size.push_back((whole_end ? from[axis] : place(end[axis])) - first.back());
    if (size.back() < 1) refuse("nothing is left of its operand");
  }
  cut(first, size);
}

void Raising::split() {
  need_inputs(2, 2);
  const auto axes = int32s(0);
  const ir::Shape& from = in(1).shape;
  if (axes.size() != 1) refuse("its axis is not one number");
  const int axis = axis_of(axes[0], from);
  const auto pieces = static_cast<int64_t>(op_->outputs.size());
  const int64_t whole = from[static_cast<size_t>(axis)];
  if (options<schema::SplitOptions>().num_splits() != pieces || whole % pieces)
    refuse(fmt::format("{} elements do not make {} pieces", whole, pieces));
  const auto size = static_cast<int>(whole / pieces);
  for (int i = 0; i < static_cast<int>(pieces); ++i)
    give(op_->outputs[static_cast<size_t>(i)], ir::Slice{axis, i * size, size}, {operand(1)});
}

// ---- shapes

namespace {
const std::vector<int32_t> kSwap = {0, 1, 3, 2};
}

// The only reader of the operator's result, if it is of this kind.
const FileOperator* Raising::only_reader(int tensor, schema::BuiltinOperator code) const {
  const auto& readers = file_.readers(tensor);
  if (readers.size() != 1 || file_.is_output(tensor)) return nullptr;
  const FileOperator& reader = file_.operators()[readers[0]];
  return reader.code == code && reader.outputs.size() == 1 ? &reader : nullptr;
}

// RESHAPE to groups, TRANSPOSE of the last two dimensions, RESHAPE back.
bool Raising::begins_shuffle() const {
  const ir::Shape &from = in(0).shape, &to = out().shape;
  const bool splits = !from.empty() && to.size() == 4 && to[0] == (from.size() > 1 ? from[0] : 1) &&
                      to[2] * to[3] == from.back() && ir::count(to) == ir::count(from);
  const FileOperator* swap =
      splits ? only_reader(op_->output(), schema::BuiltinOperator::TRANSPOSE) : nullptr;
  if (!swap || swap->inputs.size() != 2 || swap->inputs[1] < 0 ||
      int32s_of(file_.tensor(swap->inputs[1])) != kSwap)
    return false;
  const FileOperator* back = only_reader(swap->output(), schema::BuiltinOperator::RESHAPE);
  return back && file_.tensor(back->output()).shape == from;
}

void Raising::reshape() {
  need_inputs(1, 2);
  if (const auto* grouped = std::get_if<Grouped>(&value(0)))
    return give(ir::Shuffle{static_cast<int>(grouped->groups)}, {node(grouped->of)});
  const ir::NodeId x = operand(0);
  if (begins_shuffle()) return keep(Grouped{op_->inputs[0], out().shape[2]});
  give(ir::Reshape{out().shape}, {x});
}

void Raising::squeeze() {
  need_inputs(1, 1);
  give(ir::Reshape{out().shape}, {operand(0)});
}

void Raising::transpose() {
  need_inputs(2, 2);
  const auto order = int32s(1);
  if (const auto* grouped = std::get_if<Grouped>(&value(0))) return keep(*grouped);
  give(ir::Transpose{{order.begin(), order.end()}}, {operand(0)});
}

}  // namespace nnstretch::tflite
