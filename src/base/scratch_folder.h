// A folder for a while, with a name that nobody can guess; gone with this object, however that
// ends.
#pragma once
#include <filesystem>

namespace nnstretch {

class ScratchFolder {
 public:
  ScratchFolder();  // below $TMPDIR, else /tmp; IoError where no folder can be made there
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nnstretch
