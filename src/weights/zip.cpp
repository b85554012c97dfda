#include "weights/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "weights/cursor.h"

namespace nnstretch::weights {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint32_t kEndOfDirectory = 0x06054b50;
constexpr uint32_t kEndOfDirectory64 = 0x06064b50;
constexpr uint32_t kLocator64 = 0x07064b50;
constexpr size_t kEndBytes = 22, kLocatorBytes = 20, kLongestComment = 65535;
constexpr uint32_t kIn64 = 0xffffffff;  // the true number is in the 64-bit extension
constexpr uint16_t kStored = 0;

struct Directory {
  uint64_t offset = 0, entries = 0;
};

// The record at the end of the archive; a comment of any length may follow it.
size_t find_end(std::span<const std::byte> bytes, const std::string& where) {
  const size_t furthest = kEndBytes + kLongestComment;
  for (size_t back = kEndBytes; back <= std::min(bytes.size(), furthest); ++back) {
    Cursor at(bytes, where, bytes.size() - back);
    if (at.number<uint32_t>() != kEndOfDirectory) continue;
    at.seek(bytes.size() - back + 20);
    if (at.number<uint16_t>() == back - kEndBytes) return bytes.size() - back;
  }
  throw FormatError({.what = "the zip archive has no directory at its end",
                     .where = where,
                     .fix = "the file may be cut short; copy it again"});
}

std::optional<Directory> find_directory64(std::span<const std::byte> bytes,
                                          const std::string& where, size_t end) {
  if (end < kLocatorBytes) return {};
  Cursor locator(bytes, where, end - kLocatorBytes);
  if (locator.number<uint32_t>() != kLocator64) return {};
  locator.take(4);  // number of the disk
  Cursor record(bytes, where, locator.number<uint64_t>());
  if (record.number<uint32_t>() != kEndOfDirectory64)
    throw FormatError(
        {.what = "the zip archive's 64-bit directory is not where it should be", .where = where});
  record.take(28);  // size, versions, disks, entries on this disk
  Directory directory;
  directory.entries = record.number<uint64_t>();
  record.take(8);  // size of the directory
  directory.offset = record.number<uint64_t>();
  return directory;
}

Directory find_directory(std::span<const std::byte> bytes, const std::string& where) {
  const size_t end = find_end(bytes, where);
  if (const auto directory = find_directory64(bytes, where, end)) return *directory;
  Cursor record(bytes, where, end + 10);
  Directory directory;
  directory.entries = record.number<uint16_t>();
  record.take(4);  // size of the directory
  directory.offset = record.number<uint32_t>();
  return directory;
}

// The 64-bit numbers of an entry, in this order, for those that did not fit into 32 bits.
void read_extension(std::span<const std::byte> extra, const std::string& where,
                    std::initializer_list<uint64_t*> numbers) {
  constexpr uint16_t kTag64 = 1;
  Cursor at(extra, where);
  while (at.left() >= 4) {
    const auto tag = at.number<uint16_t>();
    const auto field = at.take(at.number<uint16_t>());
    if (tag != kTag64) continue;
    Cursor values(field, where);
    for (uint64_t* number : numbers)
      if (*number == kIn64) *number = values.number<uint64_t>();
  }
}

}  // namespace

bool looks_like_zip(std::span<const std::byte> bytes) {
  uint32_t magic = 0;
  if (bytes.size() >= sizeof magic) std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == kLocalHeader || magic == kEndOfDirectory;
}

Zip::Zip(std::span<const std::byte> bytes, const std::string& where)
    : bytes_(bytes), where_(where) {
  const Directory directory = find_directory(bytes, where);
  Cursor at(bytes, where, directory.offset);
  for (uint64_t i = 0; i < directory.entries; ++i) add_entry(at);  // ends at the end of the bytes
}

void Zip::add_entry(Cursor& directory) {
  if (directory.number<uint32_t>() != kDirectoryEntry)
    throw FormatError({.what = "the zip directory is damaged", .where = where_});
  Entry entry;
  directory.take(6);  // versions, flags
  entry.method = directory.number<uint16_t>();
  directory.take(4);  // time
  entry.checksum = directory.number<uint32_t>();
  entry.stored_size = directory.number<uint32_t>();
  entry.size = directory.number<uint32_t>();
  const auto name_bytes = directory.number<uint16_t>();
  const auto extra_bytes = directory.number<uint16_t>();
  const auto comment_bytes = directory.number<uint16_t>();
  directory.take(8);  // disk, attributes
  entry.header = directory.number<uint32_t>();
  const std::string_view name = as_text(directory.take(name_bytes));
  read_extension(directory.take(extra_bytes), where_,
                 {&entry.size, &entry.stored_size, &entry.header});
  directory.take(comment_bytes);
  if (!entries_.emplace(name, entry).second)
    throw FormatError({.what = fmt::format("the zip archive has two entries '{}'", shown(name)),
                       .where = where_});
}

std::span<const std::byte> Zip::read(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw FormatError(
        {.what = fmt::format("the zip archive has no entry '{}'", shown(name)), .where = where_});
  const Entry& entry = found->second;
  if (entry.method != kStored || entry.stored_size != entry.size)
    throw FormatError(
        {.what = fmt::format("zip entry '{}' is compressed", shown(name)),
         .where = where_,
         .fix = "torch.save never compresses: unpack and zip it again with `zip -0`"});
  Cursor at(bytes_, where_, entry.header);
  if (at.number<uint32_t>() != kLocalHeader)
    throw FormatError({.what = fmt::format("zip entry '{}' is not where it should be", shown(name)),
                       .where = where_});
  at.take(22);  // versions to sizes: the directory has them too
  const auto name_bytes = at.number<uint16_t>();
  const auto extra_bytes = at.number<uint16_t>();
  at.take(size_t{name_bytes} + extra_bytes);
  const auto content = at.take(entry.size);
  const auto checksum =
      crc32_z(0, reinterpret_cast<const unsigned char*>(content.data()), content.size());
  // A stored 0 means that the writer was told to compute none (torch's set_crc32_options).
  if (entry.checksum != 0 && entry.checksum != checksum)
    throw FormatError(
        {.what = fmt::format("zip entry '{}' is damaged: its checksum differs", shown(name)),
         .where = where_,
         .fix = "copy the file again"});
  return content;
}

std::string_view Zip::name_ending_in(std::string_view ending) const {
  for (const auto& [name, entry] : entries_)
    if (name.ends_with(ending)) return name;
  return {};
}

}  // namespace nnstretch::weights
