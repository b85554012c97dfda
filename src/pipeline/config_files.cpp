#include "pipeline/config_files.h"

#include <set>

#include "base/error.h"
#include "base/listing.h"
#include "base/log.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder) {
  const Listing found = list_files(folder, [](const fs::path& file) {
    return has_ending(file, {".yaml", ".yml"});
  });
  if (const std::string words = found.left_out_words(); !words.empty())
    log::info("note: {}: {}", folder.string(), words);
  return found.files;
}

// All paths of a file come down to this one. A pipe has only the path that was given.
fs::path one_path(const fs::path& file) {
  std::error_code is_pipe;
  const fs::path one = fs::canonical(file, is_pipe);
  return is_pipe ? file : one;
}

}  // namespace

std::vector<fs::path> config_files(const std::vector<fs::path>& arguments) try {
  std::vector<fs::path> files;
  std::set<fs::path> seen;  // by the one path that all others come down to
  for (const fs::path& argument : arguments) {
    const bool folder = fs::is_directory(argument);
    if (!folder && !fs::exists(argument))
      throw UsageError({.what = "no such file or folder",
                        .where = argument.string(),
                        .fix = "give `configs` configurations or folders of them"});
    for (const fs::path& file : folder ? files_below(argument) : std::vector{argument})
      if (seen.insert(one_path(file)).second) files.push_back(file);
  }
  if (files.empty())
    throw UsageError({.what = "there is no configuration to run",
                      .where = {},
                      .fix = "give `configs` a folder of .yaml files"});
  return files;
} catch (const IoError& error) {
  throw UsageError(error.message());
} catch (const fs::filesystem_error& error) {  // a loop of links, a folder that is shut
  throw UsageError({.what = error.code().message(), .where = error.path1().string()});
}

}  // namespace nnstretch::pipeline
