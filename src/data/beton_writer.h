// Any dataset into one of FFCV's .beton files, with the options of FFCV's own writer.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "data/beton_format.h"
#include "data/dataset.h"

namespace nnstretch::data {

// smart: pictures of more raw bytes than a threshold become jpg. proportion: a random share does.
enum class BetonMode { raw, jpg, smart, proportion };

struct BetonOptions {
  BetonMode mode = BetonMode::proportion;
  double compress_probability = 0.5;             // proportion: the share of jpg
  std::optional<uint64_t> smart_threshold = {};  // bytes; smart needs it
  int max_resolution = 0;  // longer sides are cut down to it by area; 0: pictures stay as they are
  int jpeg_quality = 90;
  uint64_t page_size = beton::usual_page;
  uint64_t seed = 0;
  int workers = 1;
};

struct BetonSummary {
  size_t raw = 0, jpg = 0;  // samples
  uint64_t bytes = 0;       // of the file
};

// The file depends on the dataset, the options and the seed, not on the number of workers.
// UsageError: options that make no sense. FormatError: a damaged sample, or one that is larger than
// a page or 65535 pixels.
BetonSummary write_beton(const Dataset& dataset, const std::filesystem::path& path,
                         const BetonOptions& options);

}  // namespace nnstretch::data
