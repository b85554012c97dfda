#include "data/imagenet_synsets.h"

#include <fmt/format.h>
#include <matio.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "data/imagenet_labels.h"

namespace nnstretch::data {
namespace {

struct CloseFile {
  void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};

// libmatio reads files only.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::byte> bytes)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("nnstretch-meta-{}.mat", ::getpid())) {
    write_atomic(path_, bytes);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Synsets {
 public:
  Synsets(std::span<const std::byte> bytes, const std::string& where)
      : where_(where), copy_(bytes), file_(Mat_Open(copy_.path().c_str(), MAT_ACC_RDONLY)) {
    if (file_) table_.reset(Mat_VarRead(file_.get(), "synsets"));
    if (!table_ || table_->class_type != MAT_C_STRUCT || table_->rank != 2)
      refuse("no struct array named synsets");
  }

  SynsetIds ids() const {
    SynsetIds ids;
    const size_t rows = table_->dims[0] * table_->dims[1];
    for (size_t row = 0; row < rows; ++row)
      if (number("num_children", row) == 0) ids[number("ILSVRC2012_ID", row)] = word("WNID", row);
    return ids;
  }

 private:
  [[noreturn]] void refuse(std::string what) const {
    throw FormatError({.what = std::move(what),
                       .where = where_,
                       .fix = "give ILSVRC2012_devkit_t12.tar.gz as it was published"});
  }
  const matvar_t& field(const char* name, size_t row) const {
    const matvar_t* field = Mat_VarGetStructFieldByName(table_.get(), name, row);
    if (!field || !field->data) refuse(fmt::format("row {} of synsets has no {}", row, name));
    return *field;
  }
  int number(const char* name, size_t row) const {
    const matvar_t& value = field(name, row);
    const auto as = [&](auto one) {
      return value.nbytes >= sizeof one ? static_cast<int>(*static_cast<decltype(one)*>(value.data))
                                        : -1;
    };
    switch (value.data_type) {  // small numbers are stored small
      case MAT_T_DOUBLE:
        return as(double{});
      case MAT_T_UINT8:
        return as(uint8_t{});
      case MAT_T_UINT16:
        return as(uint16_t{});
      case MAT_T_INT16:
        return as(int16_t{});
      case MAT_T_INT32:
        return as(int32_t{});
      default:
        refuse(fmt::format("{} of row {} is no number", name, row));
    }
  }
  std::string word(const char* name, size_t row) const {
    const matvar_t& value = field(name, row);
    std::string text;
    if (value.class_type == MAT_C_CHAR && value.data_size > 0)
      for (size_t at = 0; at + static_cast<size_t>(value.data_size) <= value.nbytes;
           at += static_cast<size_t>(value.data_size))  // one or two bytes a character
        text += static_cast<const char*>(value.data)[at];
    if (!is_wordnet_id(text)) refuse(fmt::format("the {} of row {} is no WordNet id", name, row));
    return text;
  }

  const std::string& where_;
  TemporaryFile copy_;
  std::unique_ptr<mat_t, CloseFile> file_;
  std::unique_ptr<matvar_t, FreeVariable> table_;
};

}  // namespace

SynsetIds parse_synsets(std::span<const std::byte> bytes, const std::string& where) {
  return Synsets(bytes, where).ids();
}

}  // namespace nnstretch::data
