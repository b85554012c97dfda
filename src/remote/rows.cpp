#include "remote/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nnstretch::remote {
namespace {

ir::Shape shape_of_row(const ir::TensorType& type) {
  ir::Shape shape = type.shape;
  if (!shape.empty() && shape[0] == 1) shape.erase(shape.begin());
  return shape;
}

}  // namespace

NpyArray stacked(const Rows& rows, const ir::TensorType& type) {
  NpyArray array{.type = type.dtype, .shape = {static_cast<int64_t>(rows.size())}, .bytes = {}};
  for (const int64_t side : shape_of_row(type)) array.shape.push_back(side);
  for (const auto& row : rows) array.bytes.insert(array.bytes.end(), row.begin(), row.end());
  return array;
}

Rows rows_of(const NpyArray& array, const ir::TensorType& type, const std::string& where) {
  const ir::Shape wanted = shape_of_row(type);
  const bool fits = array.type == type.dtype && array.shape.size() == wanted.size() + 1 &&
                    std::equal(wanted.begin(), wanted.end(), array.shape.begin() + 1);
  if (!fits)
    throw ShapeError(
        {.what = fmt::format("it holds {} of {}", name_of(array.type), ir::to_string(array.shape)),
         .where = where,
         .fix = fmt::format("give rows of {}, as {}", ir::to_string(wanted), name_of(type.dtype))});
  Rows rows;
  for (int64_t i = 0; i < array.shape[0]; ++i) {
    const auto begin = array.bytes.begin() + static_cast<int64_t>(type.bytes()) * i;
    rows.emplace_back(begin, begin + static_cast<int64_t>(type.bytes()));
  }
  return rows;
}

}  // namespace nnstretch::remote
