#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace nnstretch::data {
namespace {

constexpr size_t block_size = size_t{1} << 20;

}  // namespace

void Archive::Closer::operator()(archive* handle) const { archive_read_free(handle); }

void Archive::open_formats() {
  handle_.reset(archive_read_new());
  archive_read_support_format_tar(handle_.get());
}

Archive::Archive(const std::filesystem::path& path) : where_(path.string()) {
  open_formats();
  archive_read_support_filter_all(handle_.get());
  if (archive_read_open_filename(handle_.get(), path.c_str(), block_size) != ARCHIVE_OK)
    throw IoError(
        {.what = fmt::format("cannot open the archive: {}", archive_error_string(handle_.get())),
         .where = where_});
}

Archive::Archive(std::span<const std::byte> bytes, std::string where) : where_(std::move(where)) {
  open_formats();
  check(archive_read_open_memory(handle_.get(), bytes.data(), bytes.size()));
}

Archive::Archive(Archive& outer)
    : where_(outer.where()), outer_(outer.handle_.get()), buffer_(block_size) {
  const auto read = [](archive* handle, void* client, const void** bytes) -> la_ssize_t {
    auto& inner = *static_cast<Archive*>(client);
    *bytes = inner.buffer_.data();
    const la_ssize_t count =
        archive_read_data(inner.outer_, inner.buffer_.data(), inner.buffer_.size());
    if (count < 0) archive_set_error(handle, EIO, "%s", archive_error_string(inner.outer_));
    return count;
  };
  open_formats();
  check(archive_read_open(handle_.get(), this, nullptr, read, nullptr));
}

std::string Archive::where() const {
  const auto at = archive_read_header_position(handle_.get());
  return fmt::format("{}: {} at byte {}", where_, name_.empty() ? "the beginning" : name_, at);
}

void Archive::fail() const {
  throw FormatError(
      {.what = fmt::format("the archive is damaged: {}", archive_error_string(handle_.get())),
       .where = where(),
       .fix = "it may be cut short; copy it again"});
}

void Archive::check(int status) const {
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
}

bool Archive::next() {
  archive_entry* entry = nullptr;
  do {
    const int status = archive_read_next_header(handle_.get(), &entry);
    if (status == ARCHIVE_EOF) return false;
    check(status);
    const char* name = archive_entry_pathname(entry);
    name_ = name ? name : "";
  } while (archive_entry_filetype(entry) != AE_IFREG);
  size_ = static_cast<uint64_t>(std::max<int64_t>(0, archive_entry_size(entry)));
  return true;
}

std::vector<std::byte> Archive::read() {
  constexpr uint64_t most = uint64_t{1} << 30;  // a picture or a list; nothing is that large
  if (size_ > most)
    throw FormatError({.what = fmt::format("a member of {} bytes", size_), .where = where()});
  std::vector<std::byte> bytes;
  for (uint64_t left = size_; left > 0;) {  // grows with what is there, not with what is claimed
    const size_t at = bytes.size();
    bytes.resize(at + std::min<uint64_t>(left, block_size));
    const la_ssize_t count = archive_read_data(handle_.get(), &bytes[at], bytes.size() - at);
    if (count < 0) fail();
    bytes.resize(at + static_cast<size_t>(count));
    if (count == 0) break;
    left -= static_cast<uint64_t>(count);
  }
  if (bytes.size() != size_)
    throw FormatError({.what = fmt::format("{} of {} bytes", bytes.size(), size_),
                       .where = where(),
                       .fix = "the archive may be cut short; copy it again"});
  return bytes;
}

uint64_t Archive::offset() const {
  return static_cast<uint64_t>(archive_filter_bytes(handle_.get(), 0));
}

}  // namespace nnstretch::data
