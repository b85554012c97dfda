// The shapes and axes that operators of an .onnx file name (fold.h).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "formats/onnx/fold.h"

namespace nnstretch::onnx {
namespace {

[[noreturn]] void refuse(std::string what) { throw FormatError({.what = std::move(what)}); }

// Sizes of constants and values are bounded, so the product of those in a shape is too.
int64_t product(const ir::Shape& shape, size_t from, size_t to) {
  int64_t out = 1;
  for (size_t i = from; i < to; ++i) out *= shape[i];
  return out;
}

ir::Shape flattened(const FileNode& node, const ir::Shape& from) {
  const int64_t axis = node.integer("axis", 1), rank = static_cast<int64_t>(from.size());
  if (axis < -rank || axis > rank) refuse(fmt::format("there is no axis {}", axis));
  const auto at = static_cast<size_t>(axis < 0 ? axis + rank : axis);
  return {product(from, 0, at), product(from, at, from.size())};
}

// Sizes of 0 stand for those of the operand, one of -1 for what is left.
ir::Shape reshaped(std::vector<int64_t> to, const ir::Shape& from, bool zero_is_zero) {
  std::optional<size_t> open;
  int64_t known = 1;
  const int64_t all = product(from, 0, from.size());
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && !zero_is_zero) {
      if (i >= from.size()) refuse("a size of 0 stands for a dimension that is not there");
      to[i] = from[i];
    }
    if (to[i] == -1 && !open)
      open = i;
    else if (to[i] < 0 || (to[i] > 0 && known > all / to[i]))
      refuse(fmt::format("{} cannot become {}", ir::to_string(from), ir::to_string(to)));
    else
      known *= to[i];
  }
  if (open) to[*open] = known > 0 ? all / known : 0;
  if (product(to, 0, to.size()) != all)
    refuse(fmt::format("{} cannot become {}", ir::to_string(from), ir::to_string(to)));
  return to;
}

ir::Shape squeezed(const std::optional<std::vector<int64_t>>& axes, const ir::Shape& from) {
  std::vector<bool> drop(from.size(), false);
  if (axes)
    for (const int64_t axis : *axes) drop[normal_axis(axis, from.size())] = true;
  ir::Shape out;
  for (size_t i = 0; i < from.size(); ++i) {
    if (drop[i] && from[i] != 1) refuse(fmt::format("axis {} has {} elements", i, from[i]));
    if (!drop[i] && (axes || from[i] != 1)) out.push_back(from[i]);
  }
  return out;
}

ir::Shape unsqueezed(const std::optional<std::vector<int64_t>>& axes, const ir::Shape& from) {
  if (!axes) refuse("its axes are no constant");
  const size_t rank = from.size() + axes->size();
  std::vector<bool> is_new(rank, false);
  for (const int64_t axis : *axes) is_new[normal_axis(axis, rank)] = true;
  if (static_cast<size_t>(std::count(is_new.begin(), is_new.end(), true)) != axes->size())
    refuse("an axis is named twice");
  ir::Shape out;
  for (size_t i = 0, next = 0; i < rank; ++i) out.push_back(is_new[i] ? 1 : from[next++]);
  return out;
}

}  // namespace

std::vector<int64_t> integers(const Constant& constant) {
  constexpr size_t kMost = 1024;  // tables of sizes and axes are short
  std::vector<int64_t> out;
  if (constant.dtype == DType::i64)
    out.assign(constant.as<int64_t>().begin(), constant.as<int64_t>().end());
  else if (constant.dtype == DType::i32)
    out.assign(constant.as<int32_t>().begin(), constant.as<int32_t>().end());
  else
    refuse(fmt::format("a table of integers is {}", name_of(constant.dtype)));
  if (out.size() > kMost) refuse("a table of integers is too long");
  return out;
}

size_t normal_axis(int64_t axis, size_t rank) {
  const auto dimensions = static_cast<int64_t>(rank);
  if (axis < -dimensions || axis >= dimensions) refuse(fmt::format("there is no axis {}", axis));
  return static_cast<size_t>(axis < 0 ? axis + dimensions : axis);
}

std::optional<std::vector<int64_t>> axes_of(const FileNode& node,
                                            const std::vector<const Constant*>& in) {
  if (const auto given = node.integers("axes")) return given;
  if (in.size() > 1 && in[1]) return integers(*in[1]);
  if (node.inputs.size() > 1 && node.inputs[1] >= 0) refuse("its axes are no constant");
  return {};
}

std::optional<ir::Shape> reshaped(const FileNode& node, const ir::Shape& from,
                                  const std::vector<const Constant*>& in) {
  if (node.op == "Flatten") return flattened(node, from);
  if (node.op == "Squeeze") return squeezed(axes_of(node, in), from);
  if (node.op == "Unsqueeze") return unsqueezed(axes_of(node, in), from);
  if (node.op != "Reshape") return {};
  if (in.size() < 2 || !in[1]) refuse("its shape is no constant");
  return reshaped(integers(*in[1]), from, node.integer("allowzero", 0) != 0);
}

Run clamped(int64_t begin, int64_t end, int64_t size) {
  const auto inside = [size](int64_t at) {
    if (at < 0) at = at < -size ? 0 : at + size;
    return std::min(at, size);
  };
  return {inside(begin), inside(end)};
}

std::vector<std::byte> permuted(std::span<const std::byte> bytes, const ir::Shape& shape,
                                std::span<const int64_t> order, size_t element) {
  const size_t rank = shape.size();
  std::vector<int64_t> steps(rank, 1), at(rank, 0);
  for (size_t i = rank; i-- > 1;) steps[i - 1] = steps[i] * shape[i];
  std::vector<std::byte> out(bytes.size());
  int64_t from = 0;
  for (size_t to = 0; to < out.size(); to += element) {
    std::memcpy(out.data() + to, bytes.data() + static_cast<size_t>(from) * element, element);
    for (size_t i = rank; i-- > 0;) {
      const auto axis = static_cast<size_t>(order[i]);
      from += steps[axis];
      if (++at[i] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      at[i] = 0;
    }
  }
  return out;
}

}  // namespace nnstretch::onnx
