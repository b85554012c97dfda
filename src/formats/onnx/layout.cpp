#include "formats/onnx/layout.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>

#include "base/error.h"

namespace nnstretch::onnx {
namespace {

constexpr std::array<int, 4> kToFile = {0, 2, 3, 1};  // where N, H, W and C of ours stand in NCHW
constexpr std::array<int, 4> kFromFile = {0, 3, 1, 2};

// Calls each(place in NHWC, place in NCHW) for every element of a tensor of four dimensions.
void for_each_element(const ir::Shape& nhwc, const auto& each) {
  const auto pixels = static_cast<size_t>(nhwc[1] * nhwc[2]),
             channels = static_cast<size_t>(nhwc[3]);
  for (size_t n = 0, at = 0; n < static_cast<size_t>(nhwc[0]); ++n)
    for (size_t pixel = 0; pixel < pixels; ++pixel)
      for (size_t c = 0; c < channels; ++c, ++at) each(at, (n * channels + c) * pixels + pixel);
}

}  // namespace

std::vector<std::byte> nchw_from_nhwc(std::span<const std::byte> bytes, const ir::Shape& nhwc,
                                      size_t element) {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  if (nhwc.size() == 4)
    for_each_element(nhwc, [&](size_t from, size_t to) {
      std::memcpy(out.data() + to * element, bytes.data() + from * element, element);
    });
  return out;
}

std::vector<std::byte> nhwc_from_nchw(std::span<const std::byte> bytes, const ir::Shape& nhwc,
                                      size_t element) {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  if (nhwc.size() == 4)
    for_each_element(nhwc, [&](size_t to, size_t from) {
      std::memcpy(out.data() + to * element, bytes.data() + from * element, element);
    });
  return out;
}

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
