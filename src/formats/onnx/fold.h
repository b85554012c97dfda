// What can be computed while a file is read: operators on constants, and the shapes that other
// operators ask for. Exporters leave whole chains of these where a network reshapes.
#pragma once
#include <optional>

#include "formats/onnx/file.h"

namespace nnstretch::onnx {

// The result of a node whose operands are all constants (null: absent); nothing for an operator
// that is not computed here. FormatError where its operands do not fit.
std::optional<Constant> fold(const FileNode& node, const std::vector<const Constant*>& in,
                             int opset);

Constant int64s(ir::Shape shape, std::span<const int64_t> values);
// The numbers of a constant of int32 or int64; FormatError for another or for more than a few.
std::vector<int64_t> integers(const Constant& constant);

// An axis counted from the front; FormatError if there is none.
size_t normal_axis(int64_t axis, size_t rank);
// The axes that an operator names in its attribute or, in later operator sets, as its operand 1.
std::optional<std::vector<int64_t>> axes_of(const FileNode& node,
                                            const std::vector<const Constant*>& in);
// The shape of a Reshape, Flatten, Squeeze or Unsqueeze of `from`; nothing for other operators.
std::optional<ir::Shape> reshaped(const FileNode& node, const ir::Shape& from,
                                  const std::vector<const Constant*>& in);
// Start and end of a Slice along one axis of `size` elements, cut to what there is.
struct Run {
  int64_t begin, end;
};
Run clamped(int64_t begin, int64_t end, int64_t size);

// The same elements with their dimensions in another order.
std::vector<std::byte> permuted(std::span<const std::byte> bytes, const ir::Shape& shape,
                                std::span<const int64_t> order, size_t element);

}  // namespace nnstretch::onnx
