#include "formats/onnx/layout.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/error.h"

namespace nnstretch::onnx {
namespace {

constexpr std::array<int, 4> kToFile = {0, 2, 3, 1};  // where N, H, W and C of ours stand in NCHW
constexpr std::array<int, 4> kFromFile = {0, 3, 1, 2};

}  // namespace

ir::Shape to_file(const ir::Shape& s) {
  return s.size() == 4 ? ir::Shape{s[0], s[3], s[1], s[2]} : s;
}
ir::Shape from_file(const ir::Shape& s) {
  return s.size() == 4 ? ir::Shape{s[0], s[2], s[3], s[1]} : s;
}

int axis_to_file(int axis, size_t rank) {
  return rank == 4 ? kToFile.at(static_cast<size_t>(axis)) : axis;
}
int axis_from_file(int axis, size_t rank) {
  return rank == 4 ? kFromFile.at(static_cast<size_t>(axis)) : axis;
}

std::string place_text(const ir::Place& place) {
  return fmt::format("{}.{}.{}", place.stage, place.branch, place.role);
}

ir::Place place_from_text(const std::string& text) {
  ir::Place place;
  const char *at = text.data(), *const end = at + text.size();
  for (int* number : {&place.stage, &place.branch}) {
    const auto [stop, error] = std::from_chars(at, end, *number);
    if (error != std::errc() || stop == end || *stop != '.')
      throw FormatError({.what = fmt::format("'{}' is not STAGE.BRANCH.ROLE", text)});
    at = stop + 1;
  }
  place.role.assign(at, end);
  return place;
}

}  // namespace nnstretch::onnx
