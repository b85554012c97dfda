// Pictures in one tar file, never unpacked: members FOLDERS/CLASS/FILE, as pycls' imagenet-tar.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/mapped_file.h"

namespace nnstretch::data {

class ImageTar final : public Dataset {
 public:
  // Reads all headers. `classes` as in ImageFolder. FormatError: compressed, damaged, cut short, or
  // a member that is in no folder.
  explicit ImageTar(const std::filesystem::path& path, std::vector<std::string> classes = {});

  size_t size() const override { return members_.size(); }
  int64_t label(size_t index) const override { return members_.at(index).label; }
  Sample read(size_t index) const override;
  size_t class_count() const override { return classes_.size(); }
  std::vector<std::string> class_names() const override { return classes_; }
  std::string_view kind() const override { return "tar of images"; }

 private:
  struct Member {
    std::string name, class_name;
    uint64_t offset, size;
    int64_t label;
  };
  void find_members();
  void name_classes();

  std::string where_;
  MappedFile file_;
  std::vector<std::string> classes_;
  std::vector<Member> members_;  // by class, then name
};

}  // namespace nnstretch::data
