#include "weights/zip_writer.h"

#include <zlib.h>

#include <concepts>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace nnstretch::weights {
namespace {

constexpr size_t kAlignment = 64;
constexpr uint16_t kVersion = 20, kPaddingField = 0x4246;  // any field that readers do not know
constexpr uint16_t kFirstDay = (1 << 5) | 1;               // 1 January 1980: no date at all

template <std::integral T>
void put(std::vector<std::byte>& out, T number) {
  for (size_t i = 0; i < sizeof number; ++i)
    out.push_back(static_cast<std::byte>(static_cast<uint64_t>(number) >> (8 * i)));
}

void put(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void check_room(size_t bytes) {
  if (bytes > std::numeric_limits<uint32_t>::max())
    throw FormatError({.what = "a checkpoint of more than 4 GiB",
                       .where = {},
                       .fix = "write it as .safetensors"});
}

// What the header of an entry and its line in the directory have in common.
void put_facts(std::vector<std::byte>& out, uint32_t checksum, size_t size, size_t name) {
  put(out, kVersion);
  put(out, uint16_t{0});  // flags
  put(out, uint16_t{0});  // stored
  put(out, uint16_t{0});  // time
  put(out, kFirstDay);
  put(out, checksum);
  put(out, static_cast<uint32_t>(size));
  put(out, static_cast<uint32_t>(size));
  put(out, static_cast<uint16_t>(name));
}

}  // namespace

void ZipWriter::add(const std::string& name, std::span<const std::byte> content) {
  constexpr size_t kHeader = 30, kFieldHeader = 4, kMostEntries = 65535;
  check_room(bytes_.size() + content.size() + kHeader + name.size() + 2 * kAlignment);
  if (entries_ == kMostEntries) throw FormatError({.what = "too many tensors for a .pyth file"});
  const auto checksum = static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
  const size_t begin = bytes_.size();
  const size_t unpadded = begin + kHeader + name.size() + kFieldHeader;
  const size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;

  put(bytes_, uint32_t{0x04034b50});
  put_facts(bytes_, checksum, content.size(), name.size());
  put(bytes_, static_cast<uint16_t>(kFieldHeader + padding));
  put(bytes_, bytes_of(name));
  put(bytes_, kPaddingField);
  put(bytes_, static_cast<uint16_t>(padding));
  bytes_.resize(bytes_.size() + padding);
  put(bytes_, content);

  put(directory_, uint32_t{0x02014b50});
  put(directory_, kVersion);
  put_facts(directory_, checksum, content.size(), name.size());
  for (int i = 0; i < 4; ++i) put(directory_, uint16_t{0});  // extra, comment, disk, attributes
  put(directory_, uint32_t{0});
  put(directory_, static_cast<uint32_t>(begin));
  put(directory_, bytes_of(name));
  ++entries_;
}

std::vector<std::byte> ZipWriter::finish() && {
  check_room(bytes_.size() + directory_.size());
  const size_t begin = bytes_.size();
  put(bytes_, directory_);
  put(bytes_, uint32_t{0x06054b50});
  put(bytes_, uint16_t{0});
  put(bytes_, uint16_t{0});
  put(bytes_, static_cast<uint16_t>(entries_));
  put(bytes_, static_cast<uint16_t>(entries_));
  put(bytes_, static_cast<uint32_t>(directory_.size()));
  put(bytes_, static_cast<uint32_t>(begin));
  put(bytes_, uint16_t{0});
  return std::move(bytes_);
}

}  // namespace nnstretch::weights
