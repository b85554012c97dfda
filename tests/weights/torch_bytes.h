// Checkpoints written by hand, byte by byte, so that tests can say exactly what is in them.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nnstretch::testing {

template <class T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A pickle of protocol 2, opcode by opcode.
class PickleBytes {
 public:
  PickleBytes& raw(std::string_view bytes) { return bytes_ += bytes, *this; }
  PickleBytes& text(std::string_view value) {
    return raw("X").raw(little_endian(static_cast<uint32_t>(value.size()))).raw(value);
  }
  PickleBytes& integer(int32_t value) { return raw("J").raw(little_endian(value)); }
  PickleBytes& global(const std::string& module, const std::string& name) {
    return raw("c" + module + "\n" + name + "\n");
  }
  PickleBytes& tuple(const std::vector<int>& values) {
    raw("(");
    for (const int value : values) integer(value);
    return raw("t");
  }
  // A tensor of storage `key` with `count` elements.
  PickleBytes& tensor(const std::string& key, int count, int offset, const std::vector<int>& sizes,
                      const std::vector<int>& strides, const std::string& type = "FloatStorage") {
    global("torch._utils", "_rebuild_tensor_v2").raw("((").text("storage").global("torch", type);
    text(key).text("cpu").integer(count).raw("tQ").integer(offset);
    return tuple(sizes).tuple(strides).raw("\x89").global("collections", "OrderedDict").raw(")RtR");
  }
  std::string finish() const { return "\x80\x02" + bytes_ + "."; }

 private:
  std::string bytes_;
};

struct ZipEntry {
  std::string name, content;
  uint16_t method = 0;  // 0: stored
};

// A zip archive as torch writes it, without the 64-bit extension.
inline std::string zip_of(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  for (const auto& [name, content, method] : entries) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    const auto size = little_endian(static_cast<uint32_t>(content.size()));
    const std::string common =
        little_endian<uint16_t>(0) + little_endian(method) + little_endian<uint32_t>(0) +
        little_endian(static_cast<uint32_t>(crc32_z(0, bytes, content.size()))) + size + size +
        little_endian(static_cast<uint16_t>(name.size())) + little_endian<uint16_t>(0);
    directory += std::string("PK\1\2") + little_endian<uint32_t>(0) + common +
                 std::string(10, '\0') + little_endian(static_cast<uint32_t>(out.size())) + name;
    out += std::string("PK\3\4") + little_endian<uint16_t>(0) + common + name + content;
  }
  const auto count = little_endian(static_cast<uint16_t>(entries.size()));
  return out + directory + std::string("PK\5\6") + std::string(4, '\0') + count + count +
         little_endian(static_cast<uint32_t>(directory.size())) +
         little_endian(static_cast<uint32_t>(out.size())) + std::string(2, '\0');
}

// A checkpoint of one pickle and float storages "0", "1", ...
inline std::string checkpoint(const PickleBytes& pickle,
                              const std::vector<std::vector<float>>& storages = {}) {
  std::vector<ZipEntry> entries = {{"net/data.pkl", pickle.finish()}};
  for (size_t i = 0; i < storages.size(); ++i) {
    std::string content;
    for (const float value : storages[i]) content += little_endian(value);
    entries.push_back({"net/data/" + std::to_string(i), content});
  }
  return zip_of(entries);
}

}  // namespace nnstretch::testing
