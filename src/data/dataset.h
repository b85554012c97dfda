// Labelled pictures, one at a time, whatever they are kept in.
//     const auto dataset = open_dataset("/data/imagenet", "train");
//     Sample sample = dataset->read(7);      // may be called from any thread
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::data {

// One picture as it is stored. Move only: the bytes are its own or the dataset's, which must live
// longer.
struct Sample {
  enum class Form { file, rgb };  // a JPEG or PNG, or height x width x 3 bytes

  Sample() = default;
  Sample(Sample&&) noexcept = default;
  Sample& operator=(Sample&&) noexcept = default;
  void own(std::vector<std::byte> content) {
    owned = std::move(content);
    bytes = owned;
  }

  Form form = Form::file;
  int height = 0, width = 0;  // of Form::rgb
  int64_t label = 0;          // 0 to class_count() - 1
  std::string where;          // for errors: the file, and which of its samples
  std::span<const std::byte> bytes;
  std::vector<std::byte> owned;
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual size_t size() const = 0;
  // Of a sample, without reading it.
  virtual int64_t label(size_t index) const = 0;
  // Thread-safe. FormatError for a sample that is damaged, IoError for a file that cannot be read.
  virtual Sample read(size_t index) const = 0;
  virtual size_t class_count() const = 0;
  // By label; empty where the format keeps no names.
  virtual std::vector<std::string> class_names() const { return {}; }
  // What it is, for people: "folder of images", "FFCV file".
  virtual std::string_view kind() const = 0;
};

// The names under which a split is looked for, the first that is there: of val that are val,
// validation, valid and test.
std::vector<std::string> names_of_split(std::string_view split);

// What a folder of class folders is that has no folders of splits.
enum class WithoutSplits { refused, is_the_split };

// Finds out what stands there and opens it; `split` is train, val or test (names_of_split()):
//   a folder with train/ and val/ of class folders; or class folders themselves (WithoutSplits)
//   a folder with data_batch_1.bin ... or data_batch_1 ...  (CIFAR-10, binary or Python)
//   a .beton or .ffcv file, or a folder with one whose name begins with the split
//   a .tar of CLASS/FILE members, or a folder with train.tar and val.tar
// IoError: nothing there, nothing known, or not the split. FormatError: damaged, with file and
// offset, or a split whose classes are not those of training.
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& path, std::string_view split,
                                      WithoutSplits plain = WithoutSplits::is_the_split);

}  // namespace nnstretch::data
