#include "remote/bundle.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/process.h"

namespace nnstretch::remote {

namespace fs = std::filesystem;

std::vector<std::string> Bundle::start() const {
  for (const auto& [file, path] : files)
    if (file.starts_with("lib/ld-")) return {"./" + file, "./nnstretch"};
  return {"./nnstretch"};
}

Pushed pushed(std::string kind, std::map<std::string, fs::path> files) {
  Pushed all{.files = std::move(files), .bytes = 0, .name = std::move(kind)};
  Hash hash;
  for (const auto& [name, path] : all.files) {
    const auto content = read_bytes(path);
    all.bytes += static_cast<int64_t>(content.size());
    hash.add(name).add(content);
  }
  all.name += "." + hash.hex();
  return all;
}

Bundle read_bundle(const fs::path& folder) try {
  std::map<std::string, fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = entry.path();
  if (!files.contains("nnstretch"))
    throw IoError({.what = "it holds no program `nnstretch`",
                   .where = folder.string(),
                   .fix = "`scripts/bundle ARCHITECTURE` makes such a folder"});
  return {pushed("bundle", std::move(files))};
} catch (const fs::filesystem_error& error) {
  throw IoError({.what = error.code().message(),
                 .where = folder.string(),
                 .fix = "`scripts/bundle ARCHITECTURE` makes such a folder"});
}

fs::path made_bundle(const std::string& architecture) {
  const char* bundler = std::getenv("NNSTRETCH_BUNDLER");
  if (!bundler || !*bundler)
    throw IoError({.what = fmt::format("there is no bundle for {}", architecture),
                   .where = "`device_bundle`",
                   .fix = "name the folder that scripts/bundle made, or start ./nnstretch of the "
                          "source tree, which makes it"});
  std::string folder;
  const Ended ended = Process({.words = {bundler, architecture},
                               .on_stdout = [&](std::string_view line) { folder = line; }})
                          .wait();
  if (ended.well() && !folder.empty()) return folder;
  throw IoError({.what = fmt::format("there is no bundle for {}", architecture),
                 .where = fmt::format("`{} {}`", bundler, architecture),
                 .fix = "see what it says above"});
}

}  // namespace nnstretch::remote
