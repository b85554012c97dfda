// What goes into a network and comes out of it.
//     const auto logits = nnstretch::to_floats(session.output(), network.outputs()[0]);
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nnstretch {

enum class ElementType { float32, int8, uint8, other };

// Dense, images as NHWC. real = scale * (stored - zero_point); 1 and 0 for float32.
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::float32;
  std::vector<int64_t> shape;  // {1, 224, 224, 3}
  size_t bytes = 0;
  float scale = 1;
  int32_t zero_point = 0;
};

// How the images were prepared that a network was trained with: short side to `resize` pixels,
// centre crop of `crop` pixels, (x / 255 - mean) / std.
struct ImageInfo {
  int resize = 256, crop = 224;
  std::array<float, 3> mean = {}, std = {};  // red, green, blue
  bool bgr = true;                           // channels of the input tensor: blue first
};

// Real numbers of a tensor's bytes and back, rounded and clamped to what the type holds: -128 to
// 127 for int8, 0 to 255 for uint8. ShapeError: another number of bytes or elements than the
// tensor's, or an element type `other`. FormatError: NaN for int8 or uint8, which have none.
std::vector<float> to_floats(std::span<const std::byte> bytes, const TensorInfo& info);
std::vector<std::byte> from_floats(std::span<const float> values, const TensorInfo& info);

}  // namespace nnstretch
