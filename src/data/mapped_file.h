// A file in memory without reading it first; the system keeps what is used.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

namespace nnstretch::data {

class MappedFile {
 public:
  // IoError names the path and the system's reason.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace nnstretch::data
