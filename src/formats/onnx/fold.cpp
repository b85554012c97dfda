#include "formats/onnx/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

#include "base/error.h"

namespace nnstretch::onnx {
namespace {

using Operands = std::vector<const Constant*>;

constexpr int64_t kMostElements = 1 << 12;  // of a constant that is computed: these are shapes

[[noreturn]] void refuse(std::string what) { throw FormatError({.what = std::move(what)}); }

const Constant& at(const Operands& in, size_t i) {
  if (i >= in.size() || !in[i]) refuse(fmt::format("operand {} is absent", i));
  return *in[i];
}

Constant with_shape(const Constant& from, ir::Shape shape) {
  Constant out = from;
  out.shape = std::move(shape);
  return out;
}

template <class T>
Constant cast_from(std::span<const T> values, const ir::Shape& shape, int64_t to) {
  const auto converted = [&]<class U>(U) {
    std::vector<U> out;
    for (const T value : values) {
      if (!std::is_same_v<U, float> && !(std::abs(static_cast<double>(value)) < 0x1p62))
        refuse("a number is too large for an integer");
      out.push_back(static_cast<U>(value));
    }
    return ir::make_tensor<U>(shape, out);
  };
  switch (to) {
    case schema::TensorProto::FLOAT:
      return converted(float{});
    case schema::TensorProto::INT64:
      return converted(int64_t{});
    case schema::TensorProto::INT32:
      return converted(int32_t{});
    default:
      refuse(fmt::format("a cast to type {} is not computed", to));
  }
}

Constant cast(const FileNode& node, const Constant& x) {
  const int64_t to = node.integer("to", 0);
  switch (x.dtype) {
    case DType::f32:
      return cast_from(x.as<float>(), x.shape, to);
    case DType::f64:
      return cast_from(x.as<double>(), x.shape, to);
    case DType::i32:
      return cast_from(x.as<int32_t>(), x.shape, to);
    case DType::i64:
      return cast_from(x.as<int64_t>(), x.shape, to);
    default:
      refuse(fmt::format("a cast of {} is not computed", name_of(x.dtype)));
  }
}

Constant constant(const FileNode& node) {
  if (const auto* tensor = node.tensor("value")) return constant_of(*tensor);
  if (const auto ints = node.integers("value_ints"))
    return int64s({static_cast<int64_t>(ints->size())}, *ints);
  if (node.has("value_int")) {
    const int64_t value = node.integer("value_int", 0);
    return int64s({}, std::span(&value, 1));
  }
  if (node.has("value_float")) {
    const float value = node.real("value_float", 0);
    return ir::make_tensor<float>({}, std::span(&value, 1));
  }
  refuse("it is a constant of a kind that is not read");
}

Constant constant_of_shape(const FileNode& node, const Constant& sizes) {
  const ir::Shape shape = integers(sizes);
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || (size > 0 && count > kMostElements / size)) refuse("its shape is too large");
    count *= size;
  }
  const float zero = 0;
  const auto* given = node.tensor("value");
  const Constant value =
      given ? constant_of(*given) : ir::make_tensor<float>({1}, std::span(&zero, 1));
  if (ir::count(value.shape) != 1) refuse("its value is not one number");
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (int64_t i = 0; i < count; ++i)
    bytes->insert(bytes->end(), value.bytes->begin(), value.bytes->end());
  return {value.dtype, shape, std::move(bytes), {}};
}

Constant gather(const FileNode& node, const Constant& x, const Constant& indices) {
  if (x.shape.size() != 1 || normal_axis(node.integer("axis", 0), 1) != 0)
    refuse("only elements of a list are gathered");
  const size_t element = size_of(x.dtype);
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (const int64_t index : integers(indices)) {
    const auto* from =
        x.bytes->data() + normal_axis(index, static_cast<size_t>(x.shape[0])) * element;
    bytes->insert(bytes->end(), from, from + element);
  }
  return {x.dtype, indices.shape, std::move(bytes), {}};
}

Constant concat(const Operands& in) {
  Constant out{at(in, 0).dtype, {0}, {}, {}};
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (size_t i = 0; i < in.size(); ++i) {
    const Constant& x = at(in, i);
    if (x.shape.size() != 1 || x.dtype != out.dtype) refuse("only lists of one type are joined");
    out.shape[0] += x.shape[0];
    if (out.shape[0] > kMostElements) refuse("the joined list is too long");
    bytes->insert(bytes->end(), x.bytes->begin(), x.bytes->end());
  }
  out.bytes = std::move(bytes);
  return out;
}

// The indices that a Slice takes along an axis of `size` elements, backwards too.
std::vector<int64_t> taken(int64_t begin, int64_t end, int64_t step, int64_t size) {
  if (step == 0) refuse("its step is 0");
  if (size == 0) return {};
  const int64_t first = step > 0 ? 0 : -1, last = step > 0 ? size : size - 1;
  const auto inside = [&](int64_t at, int64_t low) {
    return std::clamp(at < 0 ? at + size : at, low, last);
  };
  const int64_t stop = inside(end, first);
  std::vector<int64_t> indices;
  for (int64_t at = inside(begin, 0); (step > 0 ? at < stop : at > stop); at += step) {
    indices.push_back(at);
    if (step >= size || step <= -size) break;
  }
  return indices;
}

// Rows of `bytes` bytes at these indices, in each of `blocks` blocks of `size` rows.
std::vector<std::byte> rows(const std::vector<std::byte>& from, size_t blocks, size_t size,
                            size_t bytes, const std::vector<int64_t>& indices) {
  std::vector<std::byte> out;
  for (size_t block = 0; block < blocks; ++block)
    for (const int64_t index : indices) {
      const auto* row = from.data() + (block * size + static_cast<size_t>(index)) * bytes;
      out.insert(out.end(), row, row + bytes);
    }
  return out;
}

Constant slice(const Operands& in) {
  Constant x = at(in, 0);
  const auto begin = integers(at(in, 1)), end = integers(at(in, 2));
  std::vector<int64_t> axes(begin.size()), steps(begin.size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  if (in.size() > 3 && in[3]) axes = integers(*in[3]);
  if (in.size() > 4 && in[4]) steps = integers(*in[4]);
  if (end.size() != begin.size() || axes.size() != begin.size() || steps.size() != begin.size())
    refuse("its starts, ends, axes and steps are not as many");
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = normal_axis(axes[i], x.shape.size());
    const auto indices = taken(begin[i], end[i], steps[i], x.shape[axis]);
    const auto around = [&](size_t first, size_t last) {
      return static_cast<size_t>(std::accumulate(
          x.shape.begin() + static_cast<std::ptrdiff_t>(first),
          x.shape.begin() + static_cast<std::ptrdiff_t>(last), int64_t{1}, std::multiplies<>()));
    };
    x.bytes = std::make_shared<const std::vector<std::byte>>(
        rows(*x.bytes, around(0, axis), static_cast<size_t>(x.shape[axis]),
             around(axis + 1, x.shape.size()) * size_of(x.dtype), indices));
    x.shape[axis] = static_cast<int64_t>(indices.size());
  }
  return x;
}

Constant transpose(const FileNode& node, const Constant& x) {
  const auto given = node.integers("perm");
  std::vector<int64_t> order(x.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  if (given) {
    if (!std::is_permutation(given->begin(), given->end(), order.begin(), order.end()))
      refuse("its order is none of its dimensions");
    order = *given;
  }
  ir::Shape shape;
  for (const int64_t axis : order) shape.push_back(x.shape[static_cast<size_t>(axis)]);
  return {x.dtype,
          shape,
          std::make_shared<const std::vector<std::byte>>(
              permuted(*x.bytes, x.shape, order, size_of(x.dtype))),
          {}};
}

template <class T>
T calculate(const std::string& op, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (op == "Div") {
      if (b == 0 || b == -1) return b ? static_cast<T>(0 - static_cast<uint64_t>(a)) : 0;
      return a / b;
    }
    const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);  // may wrap
    return static_cast<T>(op == "Add" ? x + y : op == "Sub" ? x - y : x * y);
  }
  return op == "Add" ? a + b : op == "Sub" ? a - b : op == "Mul" ? a * b : a / b;
}

template <class T>
Constant arithmetic(const FileNode& node, const Constant& a, const Constant& b) {
  const auto x = a.as<T>(), y = b.as<T>();
  const bool fits = a.shape == b.shape || x.size() == 1 || y.size() == 1;
  if (!fits) refuse("constants of two shapes are not combined");
  const size_t size = x.empty() || y.empty() ? 0 : std::max(x.size(), y.size());
  std::vector<T> out;
  for (size_t i = 0; i < size; ++i)
    out.push_back(calculate(node.op, x[x.size() == 1 ? 0 : i], y[y.size() == 1 ? 0 : i]));
  const bool of_a = x.size() > 1 || a.shape.size() >= b.shape.size();
  return ir::make_tensor<T>(y.size() > 1 ? b.shape : of_a ? a.shape : b.shape, out);
}

}  // namespace

Constant int64s(ir::Shape shape, std::span<const int64_t> values) {
  return ir::make_tensor<int64_t>(std::move(shape), values);
}

std::optional<Constant> fold(const FileNode& node, const Operands& in, int) {
  const std::string& op = node.op;
  if (op == "Constant") return constant(node);
  if (in.empty()) return {};
  if (op == "Identity") return at(in, 0);
  if (op == "Cast") return cast(node, at(in, 0));
  if (op == "ConstantOfShape") return constant_of_shape(node, at(in, 0));
  if (op == "Gather") return gather(node, at(in, 0), at(in, 1));
  if (op == "Concat") return concat(in);
  if (op == "Slice") return slice(in);
  if (op == "Transpose") return transpose(node, at(in, 0));
  if (const auto shape = reshaped(node, at(in, 0).shape, in)) return with_shape(at(in, 0), *shape);
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div") {
    const Constant &a = at(in, 0), &b = at(in, 1);
    if (a.dtype == DType::i64 && b.dtype == DType::i64) return arithmetic<int64_t>(node, a, b);
    if (a.dtype == DType::f32 && b.dtype == DType::f32) return arithmetic<float>(node, a, b);
  }
  return {};
}

}  // namespace nnstretch::onnx
