// Operators that move values and compute nothing (raise.h).
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "formats/onnx/fold.h"
#include "formats/onnx/raise.h"

namespace nnstretch::onnx {
namespace {

void pass(Raising& it) {
  const bool casts = it.node().op == "Cast";
  if (casts && it.node().integer("to", 0) != schema::TensorProto::FLOAT)
    it.refuse("only casts to float32 are known");
  if (it.value(it.in(0)).kind == Value::Kind::constant) return it.alias(it.in(0), it.out());
  if (casts && it.type(it.value(it.in(0)).id).dtype != DType::f32 && !it.is_real(it.in(0)))
    it.refuse("only casts of float32 are known");
  if (it.node().op == "Dropout" && it.has(2)) {
    const Constant* training = it.constant_in(2);
    if (!training || training->bytes->empty() || (*training->bytes)[0] != std::byte{0})
      it.refuse("a dropout in training is not known");
  }
  it.alias(it.in(0), it.out());
}

void shape(Raising& it) {
  const ir::Shape whole = it.shape_of(it.in(0));
  const auto size = static_cast<int64_t>(whole.size());
  const Run run = clamped(it.node().integer("start", 0), it.node().integer("end", size), size);
  const ir::Shape cut(whole.begin() + run.begin, whole.begin() + std::max(run.begin, run.end));
  it.value(it.out()) = {.kind = Value::Kind::constant,
                        .constant = int64s({static_cast<int64_t>(cut.size())}, cut),
                        .origin = it.out()};
}

void concat(Raising& it) {
  std::vector<int> operands;
  bool nhwc = false;
  for (size_t i = 0; i < it.node().inputs.size(); ++i) {
    operands.push_back(it.in(i));
    nhwc |= it.rank(i) == 4 && it.value(it.in(i)).kind != Value::Kind::constant &&
            !it.value(it.in(i)).plain;
  }
  if (operands.empty()) it.refuse("it has no operands");
  const size_t axis = normal_axis(it.node().integer("axis", 0), it.rank(0));
  const int ours =
      nhwc ? axis_from_file(static_cast<int>(axis), it.rank(0)) : static_cast<int>(axis);
  it.move(ir::Concat{ours}, operands, nhwc, it.out(), !nhwc);
}

// The runs of each result along the axis.
void split(Raising& it) {
  it.need_inputs(1, 2);
  const ir::Shape x = it.shape_of(it.in(0));
  const size_t axis = normal_axis(it.node().integer("axis", 0), x.size());
  const size_t parts = it.node().outputs.size();
  std::vector<int64_t> sizes;
  if (it.has(1)) {
    const Constant* given = it.constant_in(1);
    if (!given) it.refuse("its sizes are no constant");
    sizes = integers(*given);
  } else {
    const int64_t each = (x[axis] + static_cast<int64_t>(parts) - 1) /
                         std::max<int64_t>(1, static_cast<int64_t>(parts));
    std::vector<int64_t> even(parts, each);
    if (!even.empty()) even.back() = x[axis] - each * (static_cast<int64_t>(parts) - 1);
    sizes = it.node().integers("split").value_or(even);
  }
  int64_t left = x[axis];
  if (sizes.size() != parts) it.refuse("it has not one size a result");
  for (const int64_t size : sizes)
    if (size < 1 || (left -= size) < 0) it.refuse("its sizes are not those of its operand");
  const bool plain = it.value(it.in(0)).plain || x.size() != 4;
  const int ours =
      plain ? static_cast<int>(axis) : axis_from_file(static_cast<int>(axis), x.size());
  int64_t begin = 0;
  for (size_t i = 0; i < parts; begin += sizes[i++])
    if (it.node().outputs[i] >= 0)
      it.move(ir::Slice{ours, static_cast<int>(begin), static_cast<int>(sizes[i])}, {it.in(0)},
              !plain, it.node().outputs[i], plain);
}

void slice(Raising& it) {
  it.need_inputs(3, 5);
  const ir::Shape x = it.shape_of(it.in(0));
  const auto table = [&](size_t i) {
    const Constant* given = it.constant_in(i);
    if (!given) it.refuse("where it begins or ends is no constant");
    return integers(*given);
  };
  const auto begins = table(1), ends = table(2);
  std::vector<int64_t> axes(begins.size()), steps(begins.size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  if (it.has(3)) axes = table(3);
  if (it.has(4)) steps = table(4);
  if (ends.size() != begins.size() || axes.size() != begins.size() || steps.size() != begins.size())
    it.refuse("its begins, ends, axes and steps are not as many");
  const bool plain = it.value(it.in(0)).plain || x.size() != 4;
  std::vector<ir::Slice> cuts;
  for (size_t i = 0; i < begins.size(); ++i) {
    const size_t axis = normal_axis(axes[i], x.size());
    if (steps[i] != 1) it.refuse("only steps of 1 are known");
    const Run run = clamped(begins[i], ends[i], x[axis]);
    if (run.begin >= run.end) it.refuse("nothing is left");
    const int ours =
        plain ? static_cast<int>(axis) : axis_from_file(static_cast<int>(axis), x.size());
    if (std::any_of(cuts.begin(), cuts.end(), [&](const auto& cut) { return cut.axis == ours; }))
      it.refuse("an axis is cut twice");
    if (run.end - run.begin < x[axis] || begins.size() == 1)
      cuts.push_back({ours, static_cast<int>(run.begin), static_cast<int>(run.end - run.begin)});
  }
  if (cuts.empty()) return it.alias(it.in(0), it.out());
  int from = it.in(0);
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    const int between = it.hidden(fmt::format("{}_cut", it.name(it.out())));
    it.move(cuts[i], {from}, !plain, between, plain);
    from = between;
  }
  it.move(cuts.back(), {from}, !plain, it.out(), plain);
}

void pad(Raising& it) {
  it.need_inputs(2, 4);
  it.need_nchw(0);
  const Constant* table = it.constant_in(1);
  if (!table || it.has(3)) it.refuse("only constant padding of all axes is known");
  if (it.node().text("mode", "constant") != "constant")
    it.refuse("only padding with zeros is known");
  if (it.has(2) && it.scalar(it.in(2)) != 0.0f) it.refuse("only padding with zeros is known");
  const auto p = integers(*table);
  constexpr int64_t kMost = 1 << 16;
  if (p.size() != 8 || p[0] || p[1] || p[4] || p[5])
    it.refuse("only padding of height and width is known");
  for (const int64_t size : p)
    if (size < 0 || size > kMost) it.refuse(fmt::format("a padding of {}", size));
  const auto side = [&](size_t i) { return static_cast<int>(p[i]); };
  it.move(ir::Pad{{.top = side(2), .left = side(3), .bottom = side(6), .right = side(7)}},
          {it.in(0)}, true, it.out(), false);
}

// ---- other shapes

void reshape_to(Raising& it, int from, const ir::Shape& to, int result) {
  const ir::Shape shape = it.shape_of(from);
  for (const int64_t size : to)
    if (size < 1) it.refuse("nothing is left");
  if (to == shape) return it.alias(from, result);
  const auto same = [](const ir::Shape& s) {
    return s.size() != 4 || s[2] * s[3] == 1 || s[1] == 1;
  };
  const bool nhwc = to.size() == 4 && same(to);
  it.move(ir::Reshape{nhwc ? from_file(to) : to}, {from}, shape.size() == 4 && same(shape), result,
          !nhwc);
}

// Channels split into groups (the node at hand, into `split`), swapped and joined again.
std::optional<int> matched_shuffle(Raising& it, const ir::Shape& split, int64_t& groups) {
  const ir::Shape x = it.shape_of(it.in(0));
  const bool image = x.size() == 4;
  if ((!image && x.size() != 2) || split.size() != x.size() + 1 || it.value(it.in(0)).plain)
    return {};
  const FileNode* swap = it.only_reader(it.out());
  if (!swap || swap->op != "Transpose" || result_of(*swap) < 0) return {};
  const std::vector<int64_t> order =
      image ? std::vector<int64_t>{0, 2, 1, 3, 4} : std::vector<int64_t>{0, 2, 1};
  const FileNode* join = it.only_reader(result_of(*swap));
  if (swap->integers("perm") != order || !join || join->op != "Reshape" || result_of(*join) < 0 ||
      join->inputs.size() != 2 || join->inputs[1] < 0)
    return {};
  const Value& table = it.value(join->inputs[1]);
  ir::Shape wanted = x;
  wanted[1] = split[1];
  wanted.insert(wanted.begin() + 2, x[1] / split[1]);
  if (split != wanted || table.kind != Value::Kind::constant || !table.scales.empty()) return {};
  ir::Shape swapped = split;
  std::swap(swapped[1], swapped[2]);
  if (reshaped(*join, swapped, {nullptr, &table.constant}) != x) return {};
  groups = split[1];
  it.take(*swap);
  it.take(*join);
  return result_of(*join);
}

void reshape(Raising& it) {
  std::vector<const Constant*> constants;
  for (size_t i = 0; i < it.node().inputs.size(); ++i) constants.push_back(it.constant_in(i));
  const ir::Shape to = *reshaped(it.node(), it.shape_of(it.in(0)), constants);
  if (it.node().op == "Reshape") {
    int64_t groups = 0;
    if (const auto result = matched_shuffle(it, to, groups))
      return it.move(ir::Shuffle{static_cast<int>(groups)}, {it.in(0)}, true, *result, false);
  }
  reshape_to(it, it.in(0), to, it.out());
}

void transpose(Raising& it) {
  it.need_inputs(1, 1);
  const size_t dimensions = it.rank(0);
  std::vector<int64_t> perm(dimensions), all(dimensions);
  std::iota(all.begin(), all.end(), 0);
  std::copy(all.rbegin(), all.rend(), perm.begin());
  perm = it.node().integers("perm").value_or(perm);
  if (!std::is_permutation(perm.begin(), perm.end(), all.begin(), all.end()))
    it.refuse("its order is none of its dimensions");
  const Value from = it.value(it.in(0));
  if (perm == all) return it.alias(it.in(0), it.out());
  // Between the two orders nothing needs to move.
  const bool computed = from.kind != Value::Kind::constant;
  const std::vector<int64_t> to_nhwc = {0, 2, 3, 1}, to_nchw = {0, 3, 1, 2};
  if (computed && ((perm == to_nhwc && !from.plain) || (perm == to_nchw && from.plain))) {
    it.value(it.out()) = from;
    it.value(it.out()).plain = !from.plain;
    return;
  }
  const bool plain = from.plain || dimensions != 4;
  if (plain) return it.move(ir::Transpose{perm}, {it.in(0)}, false, it.out(), true);
  ir::Shape order(4);
  for (int axis = 0; axis < 4; ++axis)
    order[static_cast<size_t>(axis)] =
        axis_from_file(static_cast<int>(perm[static_cast<size_t>(axis_to_file(axis, 4))]), 4);
  it.move(ir::Transpose{order}, {it.in(0)}, true, it.out(), false);
}

constexpr Row kRows[] = {
    {"Concat", concat},       {"Split", split},     {"Slice", slice},     {"Pad", pad},
    {"Reshape", reshape},     {"Flatten", reshape}, {"Squeeze", reshape}, {"Unsqueeze", reshape},
    {"Transpose", transpose}, {"Identity", pass},   {"Dropout", pass},    {"Cast", pass},
    {"Shape", shape},
};

}  // namespace

std::span<const Row> rows_of_moves() { return kRows; }

}  // namespace nnstretch::onnx
