// The images that calibrate and score networks.
#include <cstdlib>

#include "base/error.h"
#include "image/image.h"
#include "pipeline/quantise.h"

namespace nnstretch::pipeline {
namespace {

using Pixels = std::vector<float>;

Pixels mirror(const Pixels& image, int side) {
  Pixels flipped(image.size());
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < 3; ++c)
        flipped[(y * side + x) * 3 + c] = image[(y * side + side - 1 - x) * 3 + c];
  return flipped;
}

Pixels window(const Pixels& image, int side, int top, int left, int size) {
  Pixels cut(static_cast<size_t>(size) * size * 3);
  for (int y = 0; y < size; ++y) {
    const auto from = image.begin() + (static_cast<ptrdiff_t>(top + y) * side + left) * 3;
    std::copy(from, from + static_cast<ptrdiff_t>(size) * 3,
              cut.begin() + static_cast<ptrdiff_t>(y) * size * 3);
  }
  return cut;
}

std::vector<std::filesystem::path> files_of(const CalibrationOptions& options) {
  return image::list_images(options.images.empty() ? own_photographs() : options.images);
}

}  // namespace

std::filesystem::path own_photographs() {
  if (const char* given = std::getenv("NNSTRETCH_PHOTOS"); given && *given) return given;
  std::error_code ignored;
  auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (; folder.has_relative_path(); folder = folder.parent_path())
    for (const char* place : {"assets/photos", "share/nnstretch/photos"})
      if (std::filesystem::is_directory(folder / place, ignored)) return folder / place;
  throw IoError({.what = "the project's own photographs are not beside the program",
                 .fix = "give a folder of images with `calibration`"});
}

std::vector<std::vector<float>> photographs(const image::Preprocess& how,
                                            const CalibrationOptions& options, bool mirrored) {
  auto files = files_of(options);
  if (files.size() > options.count) files.resize(options.count);
  std::vector<Pixels> images;
  for (const auto& file : files) {
    images.push_back(image::prepare(image::decode(file), how));
    if (mirrored) images.back() = mirror(images.back(), how.crop);
  }
  return images;
}

std::vector<std::vector<float>> held_out(const image::Preprocess& how,
                                         const CalibrationOptions& options, size_t begin,
                                         size_t count) {
  const auto files = files_of(options);
  // Corners, then edges, of the resized picture's centre square, in eighths of what is free.
  constexpr int kPlaces[][2] = {{0, 8}, {8, 0}, {0, 0}, {8, 8}, {2, 5}, {6, 3}, {5, 7}, {1, 2}};
  image::Preprocess square = how;
  square.resize = std::max(how.resize, how.crop + 8);
  square.crop = square.resize;
  std::vector<Pixels> images;
  for (size_t i = begin; i < begin + count; ++i) {
    const size_t round = i / files.size();
    const auto& [down, right] = kPlaces[round / 2 % std::size(kPlaces)];
    const int room = square.crop - how.crop;
    images.push_back(window(image::prepare(image::decode(files[i % files.size()]), square),
                            square.crop, room * down / 8, room * right / 8, how.crop));
    if ((i + round) % 2 == 0) images.back() = mirror(images.back(), how.crop);
  }
  return images;
}

}  // namespace nnstretch::pipeline
