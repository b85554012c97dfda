#include "data/image_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/files.h"
#include "data/imagenet_labels.h"
#include "image/pictures.h"

namespace nnstretch::data {
namespace {

// What stands beside the class folders and is none.
void leave_out_others(const std::filesystem::path& folder, Listing& all) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code dangling;
    if (entry.path().filename().string().starts_with('.'))
      all.left_out["hidden"].push_back(entry.path());
    else if (!entry.is_directory(dangling))
      all.left_out["beside the class folders"].push_back(entry.path());
  }
  for (auto& [reason, paths] : all.left_out) std::sort(paths.begin(), paths.end());
}

// The pictures of a class, none of them in a folder of its own.
Listing pictures_of(const std::filesystem::path& folder) {
  Listing found = image::pictures_below(folder);
  for (const auto& file : found.files)
    if (file.parent_path() != folder)
      throw FormatError(
          {.what = "a folder with pictures within a class",
           .where = file.parent_path().string(),
           .fix = "put its pictures into the class folder itself, or make it a class beside it"});
  return found;
}

}  // namespace

std::vector<std::string> class_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code dangling;
    if (!name.starts_with('.') && entry.is_directory(dangling)) names.push_back(name);
  }
  if (error)
    throw IoError({.what = "cannot list the classes: " + error.message(),
                   .where = folder.string(),
                   .fix = "name a folder that holds one folder a class"});
  std::sort(names.begin(), names.end());
  return names;
}

void check_class_names(const std::vector<std::string>& names, const std::string& where) {
  const auto known = std::count_if(names.begin(), names.end(), is_wordnet_id);
  if (known == 0 || known == std::ssize(names)) return;
  const auto odd = std::find_if_not(names.begin(), names.end(), is_wordnet_id);
  throw FormatError({.what = fmt::format("'{}' stands among class folders like n01440764", *odd),
                     .where = where,
                     .fix = "move it away: it would shift the labels of the classes after it"});
}

void check_same_classes(const std::vector<std::string>& training,
                        const std::vector<std::string>& here, const std::string& where) {
  const auto [theirs, ours] =
      std::mismatch(training.begin(), training.end(), here.begin(), here.end());
  if (theirs == training.end() && ours == here.end()) return;
  const bool more = theirs == training.end() || (ours != here.end() && *ours < *theirs);
  throw FormatError(
      {.what = more ? fmt::format("the class '{}' is not in the training split", *ours)
                    : fmt::format("the class '{}' of the training split is missing", *theirs),
       .where = where,
       .fix = fmt::format("both splits need the same classes (there are {} and {})",
                          training.size(), here.size())});
}

int64_t label_of(const std::string& name, const std::vector<std::string>& classes,
                 const std::string& where) {
  const auto at = std::lower_bound(classes.begin(), classes.end(), name);
  if (at == classes.end() || *at != name)
    throw FormatError({.what = fmt::format("'{}' is no class of the training split", name),
                       .where = where,
                       .fix = "both splits need the same class folders"});
  return at - classes.begin();
}

ImageFolder::ImageFolder(const std::filesystem::path& folder, std::vector<std::string> classes)
    : folder_(folder), classes_(std::move(classes)) {
  const std::vector<std::string> here = class_folders(folder);
  if (here.empty())
    throw FormatError({.what = "no class folders",
                       .where = folder.string(),
                       .fix = "put the pictures of each class into a folder of its own"});
  check_class_names(here, folder.string());
  if (classes_.empty()) classes_ = here;
  check_same_classes(classes_, here, folder.string());
  Listing all;
  all.folder = folder;
  leave_out_others(folder, all);
  for (const std::string& name : here) {
    const int64_t label = label_of(name, classes_, (folder / name).string());
    const Listing pictures = pictures_of(folder / name);
    for (const auto& [reason, paths] : pictures.left_out)
      all.left_out[reason].insert(all.left_out[reason].end(), paths.begin(), paths.end());
    if (pictures.files.empty())
      throw FormatError(
          {.what = "a class without pictures",
           .where = (folder / name).string(),
           .fix = "remove the folder or fill it: labels are the ranks of folder names"});
    for (const auto& picture : pictures.files)
      files_.push_back({picture.lexically_relative(folder).string(), label});
  }
  image::tell_left_out(all);
}

Sample ImageFolder::read(size_t index) const {
  const File& file = files_.at(index);
  Sample sample;
  sample.label = file.label;
  sample.where = (folder_ / file.path).string();
  sample.own(read_bytes(sample.where));
  return sample;
}

}  // namespace nnstretch::data
