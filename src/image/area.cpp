// Every pixel of the result is a weighted sum of pixels along the rows and between the rows. First
// the rows are summed, which runs over memory in order and is the larger part of the work.
#include <algorithm>
#include <cmath>
#include <span>

#include "image/resize.h"

namespace nnstretch::image {
namespace {

// The source pixels of one pixel of the result along one axis: `count` from `first` on.
struct Span {
  size_t first, count;
  size_t weights;  // where theirs begin
};
struct Axis {
  std::vector<Span> spans;
  std::vector<float> weights;

  void add(size_t first, std::initializer_list<double> values) {
    spans.push_back({first, values.size(), weights.size()});
    for (const double value : values) weights.push_back(static_cast<float>(value));
  }
};

// Each pixel of the result covers `source / target` pixels, in part at both ends.
Axis covering(int source, int target) {
  Axis axis;
  const double scale = static_cast<double>(source) / target;
  for (int i = 0; i < target; ++i) {
    const double from = i * scale, to = std::min<double>(from + scale, source);
    const auto first = static_cast<size_t>(from);
    const size_t end = std::min(static_cast<size_t>(std::ceil(to)), static_cast<size_t>(source));
    axis.spans.push_back({first, end - first, axis.weights.size()});
    for (size_t pixel = first; pixel < end; ++pixel) {
      const auto at = static_cast<double>(pixel);
      const double covered = std::min(to, at + 1) - std::max(from, at);
      axis.weights.push_back(static_cast<float>(std::max(covered, 0.0) / (to - from)));
    }
  }
  return axis;
}

// How OpenCV enlarges by "area": a pixel of the result mixes two only where it crosses their
// border.
Axis crossing(int source, int target) {
  Axis axis;
  const double scale = static_cast<double>(source) / target, inverse = 1 / scale;
  for (int i = 0; i < target; ++i) {
    const double first = std::floor(i * scale);
    double share = (i + 1) - (first + 1) * inverse;
    share = share <= 0 ? 0 : share - std::floor(share);
    const auto pixel = static_cast<size_t>(first);
    if (share == 0 || first + 1 >= source)
      axis.add(std::min(pixel, static_cast<size_t>(source - 1)), {1.0});
    else
      axis.add(pixel, {1 - share, share});
  }
  return axis;
}

// The weighted sum of rows from `top` on; `size` numbers.
void sum_rows(const uint8_t* top, size_t pitch, std::span<const float> weights, size_t size,
              float* sums) {
  for (size_t i = 0; i < size; ++i) sums[i] = static_cast<float>(top[i]) * weights[0];
  for (const float weight : weights.subspan(1)) {
    top += pitch;
    for (size_t i = 0; i < size; ++i) sums[i] += static_cast<float>(top[i]) * weight;
  }
}

void sum_columns(const float* sums, const Axis& columns, uint8_t* out) {
  for (const Span& span : columns.spans) {
    const float* pixel = sums + 3 * span.first;
    const float* weight = &columns.weights[span.weights];
    float red = 0.5f, green = 0.5f, blue = 0.5f;  // so that cutting rounds
    for (size_t i = 0; i < span.count; ++i, pixel += 3) {
      red += pixel[0] * weight[i];
      green += pixel[1] * weight[i];
      blue += pixel[2] * weight[i];
    }
    *out++ = static_cast<uint8_t>(red);
    *out++ = static_cast<uint8_t>(green);
    *out++ = static_cast<uint8_t>(blue);
  }
}

}  // namespace

void resize_area(const View& source, int height, int width, uint8_t* out) {
  const bool shrinks = source.height >= height && source.width >= width;
  const auto axis = shrinks ? covering : crossing;  // both axes alike, as OpenCV
  const Axis rows = axis(source.height, height), columns = axis(source.width, width);
  const size_t size = 3 * static_cast<size_t>(source.width);
  std::vector<float> sums(size);
  for (const Span& span : rows.spans) {
    sum_rows(source.rgb + span.first * source.pitch, source.pitch,
             std::span(rows.weights).subspan(span.weights, span.count), size, sums.data());
    sum_columns(sums.data(), columns, out);
    out += 3 * static_cast<size_t>(width);
  }
}

}  // namespace nnstretch::image
