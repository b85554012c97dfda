// The part of the zip format that torch.save writes: stored (uncompressed) entries, with the 64-bit
// extension.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace nnstretch::weights {

// True if the bytes begin as a zip archive does.
bool looks_like_zip(std::span<const std::byte> bytes);

// A view of an archive in memory, which must outlive it, as must `where`.
class Zip {
 public:
  // Reads the central directory. FormatError names what is wrong with it.
  Zip(std::span<const std::byte> bytes, const std::string& where);
  // True if there is such an entry.
  bool has(std::string_view name) const { return entries_.contains(name); }
  // The content of an entry, its checksum verified. FormatError if it is absent, compressed, out of
  // bounds or damaged.
  std::span<const std::byte> read(std::string_view name) const;
  // The first entry, in order of name, that ends so; empty if there is none.
  std::string_view name_ending_in(std::string_view ending) const;

 private:
  struct Entry {
    uint64_t header = 0;  // of its local header
    uint64_t size = 0, stored_size = 0;
    uint32_t checksum = 0;
    uint16_t method = 0;
  };
  void add_entry(class Cursor& directory);

  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::map<std::string_view, Entry, std::less<>> entries_;
};

}  // namespace nnstretch::weights
