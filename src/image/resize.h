// Pictures in other sizes, by the two methods of OpenCV that networks are trained and scored with.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace nnstretch::image {

// A rectangle of pixels.
struct Box {
  int y = 0, x = 0, height = 0, width = 0;
  bool operator==(const Box&) const = default;
};

// Rows of (red, green, blue) bytes that belong to somebody else.
struct View {
  const uint8_t* rgb = nullptr;
  int height = 0, width = 0;
  size_t pitch = 0;  // bytes from row to row
};
View view(const Image& image);
// The part inside the box, which must lie inside.
View cut(const View& view, const Box& box);

// Bilinear between half-pixel centres, no smoothing (cv::INTER_LINEAR on float pixels): the
// `window` of the picture resized to height x width, as window.height x window.width x 3 floats in
// 0..1. What lies outside the window is not computed.
std::vector<float> resize_bilinear(const View& source, int64_t height, int64_t width,
                                   const Box& window);

// prepare() of image.h before colours are normalised: the shorter side to `resize`, the middle
// crop x crop x 3 floats in 0..1, red first. ShapeError as there.
std::vector<float> scale_and_crop(const View& source, int resize, int crop);

// Averages of the covered pixels (cv::INTER_AREA) into height x width x 3 bytes. A picture that
// grows along an axis is interpolated as OpenCV does then.
void resize_area(const View& source, int height, int width, uint8_t* out);

}  // namespace nnstretch::image
