// Which kind of dataset stands somewhere: decided by the names of files alone, so that an error of
// a file is never taken for another kind.
#include <fmt/format.h>

#include "base/error.h"
#include "data/beton.h"
#include "data/cifar.h"
#include "data/dataset.h"
#include "data/image_folder.h"
#include "data/image_tar.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;

// The one file of a folder whose name begins with the split, such as train_500_0.50_90.beton.
fs::path split_file(const fs::path& folder, std::string_view split, std::string_view ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ending && entry.path().filename().string().starts_with(split))
      found.push_back(entry.path());
  if (found.size() > 1)
    throw IoError({.what = fmt::format("{} files of the split {}", found.size(), split),
                   .where = folder.string(),
                   .fix = "name the file itself"});
  return found.empty() ? fs::path() : found[0];
}

// Of the split or of the one that stands in for it.
template <class Find>
fs::path find_split(std::string_view split, Find find) {
  const fs::path found = find(split);
  if (!found.empty()) return found;
  return split == "val" ? find("test") : split == "test" ? find("val") : fs::path();
}

std::unique_ptr<Dataset> open_tar(const fs::path& path) {
  std::vector<std::string> classes;
  if (const fs::path train = path.parent_path() / "train.tar"; train != path && fs::exists(train))
    classes = ImageTar(train).class_names();
  return std::make_unique<ImageTar>(path, std::move(classes));
}

std::unique_ptr<Dataset> open_file(const fs::path& path) {
  if (path.extension() == ".beton") return std::make_unique<Beton>(path);
  if (path.extension() == ".tar") return open_tar(path);
  throw IoError({.what = "a file of no known kind of dataset",
                 .where = path.string(),
                 .fix = "give a folder of class folders, a .beton file, CIFAR-10 or a .tar"});
}

std::unique_ptr<Dataset> open_image_folder(const fs::path& path, std::string_view split) {
  const fs::path folder = find_split(split, [&](std::string_view name) {
    return fs::is_directory(path / name) ? path / name : fs::path();
  });
  if (folder.empty()) return std::make_unique<ImageFolder>(path);
  std::vector<std::string> classes;  // those of training say which label is which
  if (split != "train" && fs::is_directory(path / "train")) classes = class_folders(path / "train");
  return std::make_unique<ImageFolder>(folder, std::move(classes));
}

}  // namespace

std::unique_ptr<Dataset> open_dataset(const fs::path& path, std::string_view split) {
  if (!fs::exists(path))
    throw IoError({.what = "no such dataset", .where = path.string(), .fix = "check the path"});
  if (!fs::is_directory(path)) return open_file(path);
  if (Cifar::stands_in(path)) return std::make_unique<Cifar>(path, split);
  for (const char* ending : {".beton", ".tar"}) {
    const auto file =
        find_split(split, [&](std::string_view name) { return split_file(path, name, ending); });
    if (!file.empty()) return open_file(file);
  }
  return open_image_folder(path, split);
}

}  // namespace nnstretch::data
