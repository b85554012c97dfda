#include "data/imagenet.h"

#include <fmt/format.h>

#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "data/archive.h"
#include "data/checksum.h"
#include "data/imagenet_labels.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view train_sum = "1d675b47d978889d74fa0da5fadfb00e";
constexpr std::string_view val_sum = "29b22e2961454d5413ddabcf34fc5622";
constexpr std::string_view devkit_sum = "fa75699e90414af021442c21a62c3abf";

// A line of out/.checked for each archive whose sum was right, so that resuming does not read it
// all again.
void check_sum(const fs::path& archive, std::string_view expected, const fs::path& out) {
  const auto changed = fs::last_write_time(archive).time_since_epoch().count();
  const std::string line = fmt::format("{} {} {} {}\n", expected, fs::file_size(archive), changed,
                                       fs::absolute(archive).string());
  const fs::path noted = out / ".checked";
  const std::string before = fs::exists(noted) ? read_text(noted) : "";
  if (before.find(line) != before.npos) return;
  if (const std::string sum = md5_of_file(archive); sum != expected)
    throw FormatError({.what = fmt::format("its MD5 sum is {}, not {}", sum, expected),
                       .where = archive.string(),
                       .fix = "fetch it again, or give `no_check` if it is no published archive"});
  write_atomic(noted, before + line);
}

// A name that stays in the folder it is put into.
void check_name(const Archive& archive) {
  const fs::path name = archive.name();
  if (name.filename() != name || name == ".." || name == ".")
    throw FormatError({.what = fmt::format("'{}' is no plain file name", archive.name()),
                       .where = archive.where(),
                       .fix = "give the archive as it was published"});
}

// The class of the tar that `archive` stands at.
std::string class_of(const Archive& archive) {
  const fs::path name = archive.name();
  if (name.extension() != ".tar" || !is_wordnet_id(name.stem().string()) || name.has_parent_path())
    throw FormatError({.what = fmt::format("'{}' is no archive of a class", archive.name()),
                       .where = archive.where(),
                       .fix = "ILSVRC2012_img_train.tar has members like n01440764.tar"});
  return name.stem();
}

// A folder appears under its name when it is complete.
size_t extract_class(Archive& outer, const fs::path& folder) {
  const fs::path unfinished = folder.string() + ".part";
  fs::remove_all(unfinished);
  fs::create_directories(unfinished);
  size_t count = 0;
  for (Archive inner(outer); inner.next(); ++count) {
    check_name(inner);
    write_new(unfinished / inner.name(), inner.read());
  }
  if (count == 0) throw FormatError({.what = "a class without pictures", .where = outer.where()});
  fs::rename(unfinished, folder);
  return count;
}

void extract_train(const ImagenetOptions& options, ImagenetSummary& summary) {
  constexpr size_t published = 1000;
  Progress progress("training pictures", published);
  for (Archive archive(options.train); archive.next(); ++summary.classes) {
    const std::string name = class_of(archive);
    progress.step(name);
    const fs::path folder = options.out / "train" / name;
    if (fs::exists(folder))
      ++summary.train_there;
    else
      summary.train_new += extract_class(archive, folder);
  }
  if (summary.classes == 0)
    throw FormatError({.what = "an archive without classes", .where = options.train.string()});
}

// Whether a file was written now. A file of the right size is complete: names are given at the end.
bool extract_picture(Archive& archive, const fs::path& file) {
  std::error_code absent;
  if (fs::file_size(file, absent) == archive.size() && !absent) return false;
  fs::create_directories(file.parent_path());
  const fs::path unfinished = file.parent_path().parent_path() / ".picture.part";
  fs::remove(unfinished);  // of one that was killed
  write_new(unfinished, archive.read());
  fs::rename(unfinished, file);
  return true;
}

void extract_val(const ImagenetOptions& options, ImagenetSummary& summary) {
  const ValidationLabels labels = read_validation_labels(options.val_labels);
  Progress progress("validation pictures", labels.size());
  for (Archive archive(options.val); archive.next();) {
    check_name(archive);
    progress.step(archive.name());
    const auto label = labels.find(fs::path(archive.name()).stem().string());
    if (label == labels.end())
      throw FormatError({.what = fmt::format("no label of {}", archive.name()),
                         .where = options.val_labels.string(),
                         .fix = "the archive and the labels must be of the same year"});
    const bool wrote =
        extract_picture(archive, options.out / "val" / label->second / archive.name());
    ++(wrote ? summary.val_new : summary.val_there);
  }
  if (const size_t found = summary.val_new + summary.val_there; found != labels.size())
    throw FormatError({.what = fmt::format("{} pictures for {} labels", found, labels.size()),
                       .where = options.val.string(),
                       .fix = "the archive may be cut short; fetch it again"});
}

void check_sums(const ImagenetOptions& options) {
  if (!options.train.empty()) check_sum(options.train, train_sum, options.out);
  if (options.val.empty()) return;
  check_sum(options.val, val_sum, options.out);
  if (options.val_labels.extension() == ".gz")
    check_sum(options.val_labels, devkit_sum, options.out);
}

}  // namespace

ImagenetSummary extract_imagenet(const ImagenetOptions& options) {
  if (options.train.empty() && options.val.empty())
    throw UsageError({.what = "nothing to extract", .fix = "give `train`, `val` or both"});
  if (options.val.empty() != options.val_labels.empty())
    throw UsageError({.what = "validation pictures and their labels belong together",
                      .fix = "give `val` and `val_labels`"});
  for (const fs::path& archive : {options.train, options.val, options.val_labels})
    if (!archive.empty() && !fs::exists(archive))
      throw IoError({.what = "no such file", .where = archive.string()});
  if (options.check_sums) check_sums(options);
  ImagenetSummary summary;
  if (!options.train.empty()) extract_train(options, summary);
  if (!options.val.empty()) extract_val(options, summary);
  return summary;
}

}  // namespace nnstretch::data
