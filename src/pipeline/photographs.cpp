// The images that calibrate and score networks.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
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

// All there are: chance has put those to be seen first, if there is a seed.
std::vector<std::filesystem::path> files_of(const CalibrationOptions& options) {
  auto files = image::list_images(options.images.empty() ? own_photographs() : options.images);
  if (!options.seed) return files;
  KeyedRandom random{static_cast<uint64_t>(*options.seed)};
  std::vector<std::filesystem::path> drawn;
  for (const size_t i : shuffled(files.size(), random)) drawn.push_back(files[i]);
  return drawn;
}

}  // namespace

CalibrationOptions on_own_pictures(CalibrationOptions options, const config::Config& config) {
  constexpr size_t kCount = 256;
  if (!options.images.empty()) return options;
  const auto is_folder = [](const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
  };
  const auto beside = std::filesystem::path(config.file).parent_path() / "calibration";
  const std::filesystem::path root =
      config.data_path.empty() ? config.train.dataset : config.data_path;
  if (!config.file.empty() && is_folder(beside)) {
    options.images = beside;
    options.count = kCount;
  } else if (!root.empty() && is_folder(root / config.train.split)) {
    options.images = root / config.train.split;
    options.count = kCount;
    options.seed = config.rng_seed;
  } else if (std::error_code ignored; !root.empty() && std::filesystem::exists(root, ignored)) {
    log::info(
        "{}: no folder of images, so int8 is calibrated on photographs of our own; `calibration` "
        "names a folder, and a training leaves one beside its config.yaml",
        root.string());
  }
  return options;
}

std::string pictures_said(const CalibrationOptions& options) {
  const size_t all = files_of(options).size();
  return fmt::format("{} of {} pictures of {}{}", std::min(all, options.count), all,
                     options.images.empty() ? "nnstretch itself" : options.images.string(),
                     options.seed ? fmt::format(", seed {}", *options.seed) : "");
}

std::vector<std::filesystem::path> calibration_files(const CalibrationOptions& options) {
  auto files = files_of(options);
  if (files.size() > options.count) files.resize(options.count);
  return files;
}

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
  std::vector<Pixels> images;
  for (const auto& file : calibration_files(options)) {
    images.push_back(image::prepare(image::decode(file), how));
    if (mirrored) images.back() = mirror(images.back(), how.crop);
  }
  return images;
}

std::vector<std::vector<float>> held_out(const image::Preprocess& how,
                                         const CalibrationOptions& options, size_t begin,
                                         size_t count) {
  const auto files = options.seed ? calibration_files(options) : files_of(options);
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
