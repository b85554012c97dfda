// Operators that move values and compute nothing (raise.h).
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "formats/onnx/fold.h"
#include "formats/onnx/raise.h"

namespace nnstretch::onnx {

void Raising::pass() {
  const bool casts = node_->op == "Cast";
  if (casts && node_->integer("to", 0) != schema::TensorProto::FLOAT)
    refuse("only casts to float32 are known");
  if (value(in(0)).kind == Value::Kind::constant) return alias(in(0), out());
  if (casts && builder_.type(value(in(0)).id).dtype != DType::f32 && !is_real(in(0)))
    refuse("only casts of float32 are known");
  if (node_->op == "Dropout" && has(2)) {
    const Constant* training = constant_in(2);
    if (!training || training->bytes->empty() || (*training->bytes)[0] != std::byte{0})
      refuse("a dropout in training is not known");
  }
  alias(in(0), out());
}

void Raising::shape() {
  const ir::Shape whole = shape_of(in(0));
  const auto size = static_cast<int64_t>(whole.size());
  const Run run = clamped(node_->integer("start", 0), node_->integer("end", size), size);
  const ir::Shape cut(whole.begin() + run.begin, whole.begin() + std::max(run.begin, run.end));
  value(out()) = {.kind = Value::Kind::constant,
                  .constant = int64s({static_cast<int64_t>(cut.size())}, cut),
                  .origin = out()};
}

void Raising::concat() {
  std::vector<int> operands;
  bool nhwc = false;
  for (size_t i = 0; i < node_->inputs.size(); ++i) {
    operands.push_back(in(i));
    nhwc |= rank(i) == 4 && value(in(i)).kind != Value::Kind::constant && !value(in(i)).plain;
  }
  if (operands.empty()) refuse("it has no operands");
  const size_t axis = normal_axis(node_->integer("axis", 0), rank(0));
  const int ours = nhwc ? axis_from_file(static_cast<int>(axis), rank(0)) : static_cast<int>(axis);
  move(ir::Concat{ours}, operands, nhwc, out(), !nhwc);
}

// The runs of each result along the axis.
void Raising::split() {
  need_inputs(1, 2);
  const ir::Shape x = shape_of(in(0));
  const size_t axis = normal_axis(node_->integer("axis", 0), x.size());
  const size_t parts = node_->outputs.size();
  std::vector<int64_t> sizes;
  if (has(1)) {
    const Constant* given = constant_in(1);
    if (!given) refuse("its sizes are no constant");
    sizes = integers(*given);
  } else {
    const int64_t each = (x[axis] + static_cast<int64_t>(parts) - 1) /
                         std::max<int64_t>(1, static_cast<int64_t>(parts));
    std::vector<int64_t> even(parts, each);
    if (!even.empty()) even.back() = x[axis] - each * (static_cast<int64_t>(parts) - 1);
    sizes = node_->integers("split").value_or(even);
  }
  int64_t left = x[axis];
  if (sizes.size() != parts) refuse("it has not one size a result");
  for (const int64_t size : sizes)
    if (size < 1 || (left -= size) < 0) refuse("its sizes are not those of its operand");
  const bool plain = value(in(0)).plain || x.size() != 4;
  const int ours =
      plain ? static_cast<int>(axis) : axis_from_file(static_cast<int>(axis), x.size());
  int64_t begin = 0;
  for (size_t i = 0; i < parts; begin += sizes[i++])
    if (node_->outputs[i] >= 0)
      move(ir::Slice{ours, static_cast<int>(begin), static_cast<int>(sizes[i])}, {in(0)}, !plain,
           node_->outputs[i], plain);
}

void Raising::slice() {
  need_inputs(3, 5);
  const ir::Shape x = shape_of(in(0));
  const auto table = [&](size_t i) {
    const Constant* given = constant_in(i);
    if (!given) refuse("where it begins or ends is no constant");
    return integers(*given);
  };
  const auto begins = table(1), ends = table(2);
  std::vector<int64_t> axes(begins.size()), steps(begins.size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  if (has(3)) axes = table(3);
  if (has(4)) steps = table(4);
  if (ends.size() != begins.size() || axes.size() != begins.size() || steps.size() != begins.size())
    refuse("its begins, ends, axes and steps are not as many");
  const bool plain = value(in(0)).plain || x.size() != 4;
  std::vector<ir::Slice> cuts;
  for (size_t i = 0; i < begins.size(); ++i) {
    const size_t axis = normal_axis(axes[i], x.size());
    if (steps[i] != 1) refuse("only steps of 1 are known");
    const Run run = clamped(begins[i], ends[i], x[axis]);
    if (run.begin >= run.end) refuse("nothing is left");
    const int ours =
        plain ? static_cast<int>(axis) : axis_from_file(static_cast<int>(axis), x.size());
    if (std::any_of(cuts.begin(), cuts.end(), [&](const auto& cut) { return cut.axis == ours; }))
      refuse("an axis is cut twice");
    if (run.end - run.begin < x[axis] || begins.size() == 1)
      cuts.push_back({ours, static_cast<int>(run.begin), static_cast<int>(run.end - run.begin)});
  }
  if (cuts.empty()) return alias(in(0), out());
  int from = in(0);
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    const int between = hidden(fmt::format("{}_cut", name(out())));
    move(cuts[i], {from}, !plain, between, plain);
    from = between;
  }
  move(cuts.back(), {from}, !plain, out(), plain);
}

void Raising::pad() {
  need_inputs(2, 4);
  need_nchw(0);
  const Constant* table = constant_in(1);
  if (!table || has(3)) refuse("only constant padding of all axes is known");
  if (node_->text("mode", "constant") != "constant") refuse("only padding with zeros is known");
  if (has(2) && scalar(in(2)) != 0.0f) refuse("only padding with zeros is known");
  const auto p = integers(*table);
  constexpr int64_t kMost = 1 << 16;
  if (p.size() != 8 || p[0] || p[1] || p[4] || p[5])
    refuse("only padding of height and width is known");
  for (const int64_t size : p)
    if (size < 0 || size > kMost) refuse(fmt::format("a padding of {}", size));
  const auto side = [&](size_t i) { return static_cast<int>(p[i]); };
  move(ir::Pad{{.top = side(2), .left = side(3), .bottom = side(6), .right = side(7)}}, {in(0)},
       true, out(), false);
}

// ---- other shapes

void Raising::reshape() {
  std::vector<const Constant*> constants;
  for (size_t i = 0; i < node_->inputs.size(); ++i) constants.push_back(constant_in(i));
  const ir::Shape to = *reshaped(*node_, shape_of(in(0)), constants);
  if (node_->op == "Reshape") {
    int64_t groups = 0;
    if (const auto result = matched_shuffle(to, groups))
      return move(ir::Shuffle{static_cast<int>(groups)}, {in(0)}, true, *result, false);
  }
  reshape_to(in(0), to, out());
}

void Raising::reshape_to(int from, const ir::Shape& to, int result) {
  const ir::Shape shape = shape_of(from);
  for (const int64_t size : to)
    if (size < 1) refuse("nothing is left");
  if (to == shape) return alias(from, result);
  const auto same = [](const ir::Shape& s) {
    return s.size() != 4 || s[2] * s[3] == 1 || s[1] == 1;
  };
  const bool nhwc = to.size() == 4 && same(to);
  move(ir::Reshape{nhwc ? from_file(to) : to}, {from}, shape.size() == 4 && same(shape), result,
       !nhwc);
}

// Channels split into groups (the node at hand, into `split`), swapped and joined again.
std::optional<int> Raising::matched_shuffle(const ir::Shape& split, int64_t& groups) {
  const ir::Shape x = shape_of(in(0));
  const bool image = x.size() == 4;
  if ((!image && x.size() != 2) || split.size() != x.size() + 1 || value(in(0)).plain) return {};
  const FileNode* swap = only_reader(out());
  if (!swap || swap->op != "Transpose" || result_of(*swap) < 0) return {};
  const std::vector<int64_t> order =
      image ? std::vector<int64_t>{0, 2, 1, 3, 4} : std::vector<int64_t>{0, 2, 1};
  const FileNode* join = only_reader(result_of(*swap));
  if (swap->integers("perm") != order || !join || join->op != "Reshape" || result_of(*join) < 0 ||
      join->inputs.size() != 2 || join->inputs[1] < 0)
    return {};
  const Value& table = value(join->inputs[1]);
  ir::Shape wanted = x;
  wanted[1] = split[1];
  wanted.insert(wanted.begin() + 2, x[1] / split[1]);
  if (split != wanted || table.kind != Value::Kind::constant || !table.scales.empty()) return {};
  ir::Shape swapped = split;
  std::swap(swapped[1], swapped[2]);
  if (reshaped(*join, swapped, {nullptr, &table.constant}) != x) return {};
  groups = split[1];
  take(*swap);
  take(*join);
  return result_of(*join);
}

void Raising::transpose() {
  need_inputs(1, 1);
  const size_t dimensions = rank(0);
  std::vector<int64_t> perm(dimensions), all(dimensions);
  std::iota(all.begin(), all.end(), 0);
  std::copy(all.rbegin(), all.rend(), perm.begin());
  perm = node_->integers("perm").value_or(perm);
  if (!std::is_permutation(perm.begin(), perm.end(), all.begin(), all.end()))
    refuse("its order is none of its dimensions");
  const Value from = value(in(0));
  if (perm == all) return alias(in(0), out());
  // Between the two orders nothing needs to move.
  const bool computed = from.kind != Value::Kind::constant;
  const std::vector<int64_t> to_nhwc = {0, 2, 3, 1}, to_nchw = {0, 3, 1, 2};
  if (computed && ((perm == to_nhwc && !from.plain) || (perm == to_nchw && from.plain))) {
    value(out()) = from;
    value(out()).plain = !from.plain;
    return;
  }
  const bool plain = from.plain || dimensions != 4;
  if (plain) return move(ir::Transpose{perm}, {in(0)}, false, out(), true);
  ir::Shape order(4);
  for (int axis = 0; axis < 4; ++axis)
    order[static_cast<size_t>(axis)] =
        axis_from_file(static_cast<int>(perm[static_cast<size_t>(axis_to_file(axis, 4))]), 4);
  move(ir::Transpose{order}, {in(0)}, true, out(), false);
}

}  // namespace nnstretch::onnx
