#include "image/resize.h"

namespace nnstretch::image {

View view(const Image& image) {
  return {image.rgb.data(), image.height, image.width, 3 * static_cast<size_t>(image.width)};
}

View cut(const View& view, const Box& box) {
  return {view.rgb + static_cast<size_t>(box.y) * view.pitch + 3 * static_cast<size_t>(box.x),
          box.height, box.width, view.pitch};
}

}  // namespace nnstretch::image
