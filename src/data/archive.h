// The members of a tar archive, one after the other; also inside another archive.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct archive;

namespace nnstretch::data {

class Archive {
 public:
  // Also a compressed one. IoError: it cannot be opened.
  explicit Archive(const std::filesystem::path& path);
  // Of bytes in memory, and of the member that `outer` stands at; both must outlive it.
  Archive(std::span<const std::byte> bytes, std::string where);
  explicit Archive(Archive& outer);
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // Goes to the next plain file; false at the end. FormatError, as all below: damaged or cut short,
  // with the offset.
  bool next();
  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }
  std::vector<std::byte> read();
  // Where the bytes of the member begin, before any of them is read.
  uint64_t offset() const;
  // "archive: member at byte N", for errors.
  std::string where() const;

 private:
  struct Closer {
    void operator()(archive* handle) const;
  };
  void open_formats();
  void check(int status) const;
  [[noreturn]] void fail() const;

  std::string where_, name_;
  uint64_t size_ = 0;
  archive* outer_ = nullptr;       // of a member of another archive
  std::vector<std::byte> buffer_;  // the same
  std::unique_ptr<archive, Closer> handle_;
};

}  // namespace nnstretch::data
