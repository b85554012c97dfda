// FFCV's .beton files, which the published weights were trained from: read here, written by
// beton_writer.h.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/beton_format.h"
#include "data/dataset.h"
#include "data/mapped_file.h"

namespace nnstretch::data {

// What one sample is: all offsets and sizes are checked.
struct BetonRecord {
  uint64_t offset = 0, size = 0;
  int width = 0, height = 0;
  beton::ImageMode mode = beton::ImageMode::jpg;
  int64_t label = 0;
};
struct BetonIndex {
  uint64_t page_size = 0;
  std::vector<std::string> fields;  // their names
  std::vector<BetonRecord> records;
  int64_t classes = 0;  // the largest label and one
};
// Reads everything but the pixels. The first field of pictures and the first of integers count.
// FormatError: "FILE: byte N" and what is wrong there.
BetonIndex parse_beton(std::span<const std::byte> bytes, const std::string& where);

class Beton final : public Dataset {
 public:
  explicit Beton(const std::filesystem::path& path);

  size_t size() const override { return index_.records.size(); }
  int64_t label(size_t index) const override { return index_.records.at(index).label; }
  Sample read(size_t index) const override;
  size_t class_count() const override { return static_cast<size_t>(index_.classes); }
  std::string_view kind() const override { return "FFCV file"; }
  const BetonIndex& index() const { return index_; }

 private:
  std::string where_;
  MappedFile file_;
  BetonIndex index_;
};

}  // namespace nnstretch::data
