// CIFAR-10 as its authors give it away: the binary version (data_batch_1.bin ...) or the one for
// Python (data_batch_1 ...). 32 x 32 pictures of ten classes, kept in memory.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace nnstretch::data {

class Cifar final : public Dataset {
 public:
  static constexpr int side = 32, classes = 10;

  // Whether files of this kind stand there, by their names.
  static bool stands_in(const std::filesystem::path& folder);
  // `split` train: the five batches, as many as there are; else test_batch. FormatError with file
  // and offset; IoError.
  Cifar(const std::filesystem::path& folder, std::string_view split);

  size_t size() const override { return labels_.size(); }
  int64_t label(size_t index) const override { return labels_.at(index); }
  Sample read(size_t index) const override;
  size_t class_count() const override { return classes; }
  std::vector<std::string> class_names() const override { return names_; }
  std::string_view kind() const override { return "CIFAR-10"; }

 private:
  std::string where_;
  std::vector<std::string> names_;
  std::vector<int64_t> labels_;
  std::vector<uint8_t> rgb_;  // of one picture after the other
};

// Pictures of one file: labels and planes of red, green, blue, one picture after the other.
struct CifarBatch {
  std::vector<int64_t> labels;
  std::vector<uint8_t> planes;
};
// FormatError at `where` with the offset of what is wrong.
CifarBatch parse_cifar_binary(std::span<const std::byte> bytes, const std::string& where);
CifarBatch parse_cifar_pickle(std::span<const std::byte> bytes, const std::string& where);

}  // namespace nnstretch::data
