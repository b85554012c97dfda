// Which kind of dataset stands somewhere: decided by the names of files alone, so that an error of
// a file is never taken for another kind.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

#include "base/error.h"
#include "data/beton.h"
#include "data/cifar.h"
#include "data/dataset.h"
#include "data/image_folder.h"
#include "data/image_tar.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;

// The one file of a folder whose name begins with the split, such as train_500_0.50_90.beton: the
// next character is no letter (test is no testing).
bool is_of_split(std::string_view stem, std::string_view split) {
  return stem.starts_with(split) && (stem.size() == split.size() ||
                                     !std::isalpha(static_cast<unsigned char>(stem[split.size()])));
}
fs::path split_file(const fs::path& folder, std::string_view split, std::string_view ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ending && is_of_split(entry.path().stem().string(), split))
      found.push_back(entry.path());
  if (found.size() > 1)
    throw IoError({.what = fmt::format("{} files of the split {}", found.size(), split),
                   .where = folder.string(),
                   .fix = "name the file itself"});
  return found.empty() ? fs::path() : found[0];
}

// Under the first of the split's names that something is there for.
template <class Find>
fs::path find_split(std::string_view split, Find find) {
  for (const std::string& name : names_of_split(split))
    if (fs::path found = find(name); !found.empty()) return found;
  return {};
}

fs::path split_folder(const fs::path& path, std::string_view split) {
  return find_split(split, [&](const std::string& name) {
    return fs::is_directory(path / name) ? path / name : fs::path();
  });
}

[[noreturn]] void no_split(const fs::path& path, std::string_view split) {
  const std::vector<std::string> names = names_of_split(split);
  throw IoError({.what = fmt::format("no split '{}'", split),
                 .where = path.string(),
                 .fix = fmt::format("looked for the folder {}/ of class folders, {}*.beton (or "
                                    ".ffcv) and {}*.tar; name the folder that has one of them",
                                    fmt::join(names, "/, "), names[0], names[0])});
}

std::unique_ptr<Dataset> open_tar(const fs::path& path) {
  std::vector<std::string> classes;
  if (const fs::path train = path.parent_path() / "train.tar"; train != path && fs::exists(train))
    classes = ImageTar(train).class_names();
  return std::make_unique<ImageTar>(path, std::move(classes));
}

std::unique_ptr<Dataset> open_file(const fs::path& path) {
  if (path.extension() == ".beton" || path.extension() == ".ffcv")
    return std::make_unique<Beton>(path);
  if (path.extension() == ".tar") return open_tar(path);
  throw IoError(
      {.what = "a file of no known kind of dataset",
       .where = path.string(),
       .fix = "give a folder of class folders, a .beton or .ffcv file, CIFAR-10 or a .tar"});
}

std::unique_ptr<Dataset> open_image_folder(const fs::path& path, std::string_view split,
                                           WithoutSplits plain) {
  const fs::path folder = split_folder(path, split);
  if (folder.empty()) {
    const bool has_others =
        !split_folder(path, "train").empty() || !split_folder(path, "val").empty();
    if (has_others || plain == WithoutSplits::refused) no_split(path, split);
    return std::make_unique<ImageFolder>(path);
  }
  std::vector<std::string> classes;  // those of training say which label is which
  if (split != "train" && fs::is_directory(path / "train")) classes = class_folders(path / "train");
  return std::make_unique<ImageFolder>(folder, std::move(classes));
}

}  // namespace

std::vector<std::string> names_of_split(std::string_view split) {
  if (split == "val") return {"val", "validation", "valid", "test"};
  if (split == "test") return {"test", "val", "validation", "valid"};
  return {std::string(split)};
}

std::unique_ptr<Dataset> open_dataset(const fs::path& path, std::string_view split,
                                      WithoutSplits plain) {
  if (!fs::exists(path))
    throw IoError({.what = "no such dataset", .where = path.string(), .fix = "check the path"});
  if (!fs::is_directory(path)) return open_file(path);
  if (Cifar::stands_in(path)) return std::make_unique<Cifar>(path, split);
  for (const char* ending : {".beton", ".ffcv", ".tar"}) {
    const auto file =
        find_split(split, [&](const std::string& name) { return split_file(path, name, ending); });
    if (!file.empty()) return open_file(file);
  }
  return open_image_folder(path, split, plain);
}

}  // namespace nnstretch::data
