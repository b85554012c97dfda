// Whole files in and out. A written file is either complete or absent.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

// The whole file; IoError names the path and the system's reason. A folder is an error too.
std::vector<std::byte> read_bytes(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// Writes beside the target, flushes to disk, renames over it: a reader (or a crash) sees the old
// file or the new one, nothing between. Creates missing folders.
void write_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_atomic(const std::filesystem::path& path, std::string_view text);

// The same for a file that grows piece by piece: it is there once commit() returns, and nothing is
// left of it otherwise.
class AtomicFile {
 public:
  // Creates missing folders. IoError as all functions here.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void append(std::span<const std::byte> bytes);
  // Over what was appended before.
  void write_at(uint64_t offset, std::span<const std::byte> bytes);
  uint64_t size() const { return size_; }
  void commit();

 private:
  std::filesystem::path target_, unfinished_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

// $XDG_CACHE_HOME/nnstretch, else ~/.cache/nnstretch, else a folder of this user in /tmp.
std::filesystem::path cache_folder();

}  // namespace nnstretch
