#include "train/calibration.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "data/image_folder.h"
#include "data/png.h"

namespace nnstretch::train {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCount = 256;

bool is_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() > 2 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8};
}

void write(const data::Sample& sample, const fs::path& stem) {
  if (sample.form == data::Sample::Form::rgb)
    write_atomic(stem.string() + ".png", data::to_png(sample.bytes, sample.height, sample.width));
  else
    write_atomic(stem.string() + (is_jpeg(sample.bytes) ? ".jpg" : ".png"), sample.bytes);
}

}  // namespace

void write_calibration(const data::Dataset& training, const config::Config& config) {
  const fs::path folder = fs::path(config.out_dir) / "calibration";
  if (dynamic_cast<const data::ImageFolder*>(&training) || fs::exists(folder)) return;
  KeyedRandom random{static_cast<uint64_t>(config.rng_seed)};
  size_t written = 0;
  for (const size_t index : shuffled(training.size(), random)) {
    if (written == kCount) break;
    try {
      write(training.read(index), folder / fmt::format("{:03}", written));
      ++written;
    } catch (const FormatError& error) {
      log::warn("skipped: {}", error.what());
    }
  }
}

}  // namespace nnstretch::train
