// Which kind of dataset stands somewhere: decided by the names of files alone, so that an error of
// a file is never taken for another kind.
#include <fmt/format.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/image_folder.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;

// The folder of the split, or of the split that stands in for it; empty if there is neither.
fs::path split_folder(const fs::path& path, std::string_view split) {
  if (fs::is_directory(path / split)) return path / split;
  const std::string_view other = split == "val" ? "test" : split == "test" ? "val" : "";
  if (!other.empty() && fs::is_directory(path / other)) return path / other;
  return {};
}

std::unique_ptr<Dataset> open_folder(const fs::path& path, std::string_view split) {
  const fs::path folder = split_folder(path, split);
  if (folder.empty()) return std::make_unique<ImageFolder>(path);
  std::vector<std::string> classes;  // those of training say which label is which
  if (split != "train" && fs::is_directory(path / "train")) classes = class_folders(path / "train");
  return std::make_unique<ImageFolder>(folder, std::move(classes));
}

}  // namespace

std::unique_ptr<Dataset> open_dataset(const fs::path& path, std::string_view split) {
  if (!fs::exists(path))
    throw IoError({.what = "no such dataset", .where = path.string(), .fix = "check the path"});
  return open_folder(path, split);
}

}  // namespace nnstretch::data
