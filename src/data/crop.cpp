#include "data/crop.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nnstretch::data {
namespace {

constexpr int tries = 10;
constexpr double least_area = 0.08, narrowest = 3.0 / 4.0, widest = 4.0 / 3.0;

// Python's round(): halves go to the even neighbour.
int round_half_even(double value) { return static_cast<int>(std::nearbyint(value)); }

struct Sides {
  int height, width;
};
Sides sides(double area, double aspect) {
  return {round_half_even(std::sqrt(area / aspect)), round_half_even(std::sqrt(area * aspect))};
}

Box centred(int height, int width, Sides box) {
  return {(height - box.height) / 2, (width - box.width) / 2, box.height, box.width};
}

}  // namespace

Box random_box_pytorch(int height, int width, Random& random) {
  const double area = static_cast<double>(height) * width;
  // The last offset, at which the box touches the border, is never drawn.
  const auto offset = [&](int room) {
    return room == 0 ? 0 : static_cast<int>(random.below(room));
  };
  for (int i = 0; i < tries; ++i) {
    const double target = random.uniform(least_area, 1.0) * area;
    Sides box = sides(target, random.uniform(narrowest, widest));
    if (random.chance(0.5)) std::swap(box.height, box.width);
    if (box.height > height || box.width > width || box.height < 1 || box.width < 1) continue;
    const int y = offset(height - box.height);
    return {y, offset(width - box.width), box.height, box.width};
  }
  return {};
}

Box random_box_ffcv(int height, int width, Random& random) {
  const double area = static_cast<double>(height) * width;
  const auto offset = [&](int room) { return static_cast<int>(random.uniform(0, room + 1)); };
  for (int i = 0; i < tries; ++i) {
    const double target = random.uniform(least_area, 1.0) * area;
    const Sides box =
        sides(target, std::exp(random.uniform(std::log(narrowest), std::log(widest))));
    if (box.height > height || box.width > width || box.height < 1 || box.width < 1) continue;
    const int y = offset(height - box.height);
    return {y, offset(width - box.width), box.height, box.width};
  }
  const double aspect = static_cast<double>(width) / height;
  Sides box{height, width};
  if (aspect < narrowest) box.height = round_half_even(width / narrowest);
  if (aspect > widest) box.width = round_half_even(height * widest);
  return centred(height, width, {std::max(1, box.height), std::max(1, box.width)});
}

Box centre_box_ffcv(int height, int width) {
  const int side = std::max(1, static_cast<int>(224.0 / 256.0 * std::min(height, width)));
  return centred(height, width, {side, side});
}

}  // namespace nnstretch::data
