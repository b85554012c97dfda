#include "data/image_tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "data/archive.h"
#include "data/image_folder.h"

namespace nnstretch::data {

ImageTar::ImageTar(const std::filesystem::path& path, std::vector<std::string> classes)
    : where_(path.string()), file_(path), classes_(std::move(classes)) {
  find_members();
  name_classes();
  std::sort(members_.begin(), members_.end(), [](const Member& a, const Member& b) {
    return std::tie(a.label, a.name) < std::tie(b.label, b.name);
  });
}

void ImageTar::find_members() {
  Archive archive(file_.bytes(), where_);
  while (archive.next()) {
    const std::filesystem::path name = archive.name();
    const std::string class_name = name.parent_path().filename().string();
    if (class_name.empty())
      throw FormatError({.what = "a picture that is in no class folder",
                         .where = archive.where(),
                         .fix = "members are named .../CLASS/FILE"});
    const uint64_t offset = archive.offset(), all = file_.bytes().size();
    if (offset > all || archive.size() > all - offset)
      throw FormatError(
          {.what = fmt::format("{} bytes, which the file does not have", archive.size()),
           .where = archive.where(),
           .fix = "the tar must not be compressed, and may be cut short"});
    members_.push_back({archive.name(), class_name, offset, archive.size(), 0});
  }
  if (members_.empty()) throw FormatError({.what = "no pictures in the archive", .where = where_});
}

void ImageTar::name_classes() {
  std::vector<std::string> here;
  for (const Member& member : members_) here.push_back(member.class_name);
  std::sort(here.begin(), here.end());
  here.erase(std::unique(here.begin(), here.end()), here.end());
  check_class_names(here, where_);
  if (classes_.empty()) classes_ = here;
  check_same_classes(classes_, here, where_);
  for (Member& member : members_) member.label = label_of(member.class_name, classes_, where_);
}

Sample ImageTar::read(size_t index) const {
  const Member& member = members_.at(index);
  Sample sample;
  sample.label = member.label;
  sample.where = fmt::format("{}: {} at byte {}", where_, member.name, member.offset);
  sample.bytes = file_.bytes().subspan(member.offset, member.size);
  return sample;
}

}  // namespace nnstretch::data
