// Writing of what only moves values: joins, cuts, other shapes and orders (lower.h).
#include <fmt/format.h>

#include "formats/if_taken.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {
namespace {

using Code = schema::BuiltinOperator;

void reshape(Lowering& it, const Site& site, TensorId in, TensorId out, const ir::Shape& to,
             std::string_view name) {
  const std::vector<int32_t> sizes(to.begin(), to.end());
  schema::ReshapeOptionsT options;
  options.new_shape = sizes;
  const TensorId table = it.out().int32s(fmt::format("{}{}", site.node.name, name), sizes,
                                         {static_cast<int64_t>(sizes.size())});
  it.out().op(Code::RESHAPE, 1, {in, table}, out, options);
}

void transpose(Lowering& it, const Site& site, TensorId in, TensorId out,
               std::span<const int32_t> order) {
  const TensorId table =
      it.out().int32s(site.node.name + "_order", order, {static_cast<int64_t>(order.size())});
  it.out().op(Code::TRANSPOSE, site.int8 ? 2 : 1, {in, table}, out, schema::TransposeOptionsT{});
}

void lower(Lowering& it, const ir::Concat& op, const Site& site) {
  schema::ConcatenationOptionsT options;
  options.axis = op.axis;
  it.out().op(Code::CONCATENATION, site.int8 ? 2 : 1, site.in, site.out, options);
}

void lower(Lowering& it, const ir::Slice& op, const Site& site) {
  const ir::Shape& shape = site.node.type.shape;
  std::vector<int32_t> begin(shape.size(), 0), size(shape.begin(), shape.end());
  begin[static_cast<size_t>(op.axis)] = op.begin;
  const auto rank = static_cast<int64_t>(shape.size());
  const TensorId from = it.out().int32s(site.node.name + "_begin", begin, {rank});
  const TensorId count = it.out().int32s(site.node.name + "_size", size, {rank});
  it.out().op(Code::SLICE, site.int8 ? 2 : 1, {site.in[0], from, count}, site.out,
              schema::SliceOptionsT{});
}

void lower(Lowering& it, const ir::Shuffle& op, const Site& site) {
  const ir::Shape& shape = site.node.type.shape;
  const int64_t groups = op.groups, channels = shape.back();
  const int64_t batch = shape.size() > 1 ? shape[0] : 1;
  ir::TensorType type = site.node.type;
  type.shape = {batch, ir::count(shape) / batch / channels, groups, channels / groups};
  const TensorId split = it.beside(site, "_groups", type);
  reshape(it, site, site.in[0], split, type.shape, "_groups_shape");
  std::swap(type.shape[2], type.shape[3]);
  const TensorId swapped = it.beside(site, "_swapped", type);
  transpose(it, site, split, swapped, std::vector<int32_t>{0, 1, 3, 2});
  reshape(it, site, swapped, site.out, shape, "_shape");
}

void lower(Lowering& it, const ir::Reshape& op, const Site& site) {
  reshape(it, site, site.in[0], site.out, op.shape, "_shape");
}

void lower(Lowering& it, const ir::Transpose& op, const Site& site) {
  transpose(it, site, site.in[0], site.out, std::vector<int32_t>(op.order.begin(), op.order.end()));
}

}  // namespace

bool lower_move(Lowering& it, const Site& site) {
  return formats::if_taken(site.node.op, [&](const auto& op) -> decltype(lower(it, op, site)) {
    return lower(it, op, site);
  });
}

}  // namespace nnstretch::tflite
