// Whole files in and out. A written file is either complete or absent.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

// The whole file, or a pipe's (4 GiB at most). IoError names path and reason. A folder is an error.
std::vector<std::byte> read_bytes(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// Writes a file whole: what stood there stays until the new content is complete and on the disk, so
// a reader (or a crash) sees the old file or the new one, nothing between. Creates missing folders.
// A link is followed. What is no file (a device, a pipe, /dev/stdout, /proc/self/fd/N) is written
// into, once the content is complete.
// IoError names the path and the reason, such as a link to nothing or a file that is not ours to
// write; then nothing has changed.
void write_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_atomic(const std::filesystem::path& path, std::string_view text);

// The same for a file that grows piece by piece: it is there once commit() returns, and nothing is
// left of it otherwise. What is no file is opened at once, and its content waits in memory.
class AtomicFile {
 public:
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
  // A descriptor that is closed at the end.
  struct Descriptor {
    Descriptor() = default;
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    void close();
    int number = -1;
  };

  void open_target();
  void begin_beside(mode_t mode);
  void commit_file();
  void commit_stream();

  std::filesystem::path given_, target_;  // what the caller named, and the file it leads to
  std::filesystem::path unfinished_;      // empty for a stream
  Descriptor content_, stream_;
  uint64_t size_ = 0;
};

// Whether such a file could be written, before the work that makes its content: IoError as
// AtomicFile would throw it. Nothing is created or changed; a pipe is not opened, for that alone
// would tell its reader something.
void check_writable(const std::filesystem::path& path);

// A file that is not there yet, in a folder that only this program writes; not flushed. For many
// small files that get their names when all are complete.
void write_new(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace nnstretch
