// ImageNet as it is unpacked: one folder a class, pictures in it. The label is the rank of the
// folder's name. Files that are not taken are counted and named once, when it is opened; a folder
// within a class is an error, for it may be a class of its own.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace nnstretch::data {

class ImageFolder final : public Dataset {
 public:
  // `classes` gives the labels, such as those of the training split; empty: the folders there are.
  // FormatError: other folders than `classes`, names of two kinds (n01440764 beside others), a
  // class without pictures or with a folder in it. IoError: no folder there.
  explicit ImageFolder(const std::filesystem::path& folder, std::vector<std::string> classes = {});

  size_t size() const override { return files_.size(); }
  int64_t label(size_t index) const override { return files_.at(index).label; }
  Sample read(size_t index) const override;
  size_t class_count() const override { return classes_.size(); }
  std::vector<std::string> class_names() const override { return classes_; }
  std::string_view kind() const override { return "folder of images"; }

 private:
  struct File {
    std::string path;  // below the folder
    int64_t label;
  };
  std::filesystem::path folder_;
  std::vector<std::string> classes_;
  std::vector<File> files_;  // by class, then name
};

// The class folders below a folder, sorted; hidden ones are none.
std::vector<std::string> class_folders(const std::filesystem::path& folder);
// FormatError at `where` for names that are partly ImageNet's (n and eight digits) and partly not:
// one of them stands there by mistake.
void check_class_names(const std::vector<std::string>& names, const std::string& where);

// FormatError at `where`, with the first difference: the sorted classes of a split are not those of
// the training split. A missing one counts: who lacks a class is not scored on it.
void check_same_classes(const std::vector<std::string>& training,
                        const std::vector<std::string>& here, const std::string& where);

// The rank of a class among sorted ones. FormatError at `where`: it is none of them.
int64_t label_of(const std::string& name, const std::vector<std::string>& classes,
                 const std::string& where);

}  // namespace nnstretch::data
