#include "data/checksum.h"

#include <fmt/format.h>
#include <md5.h>

#include <cstdint>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace nnstretch::data {

std::string md5_of_file(const std::filesystem::path& path) {
  constexpr size_t piece = size_t{64} << 20;
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!file || error) throw IoError({.what = "cannot read", .where = path.string()});
  Progress progress("checking " + path.filename().string(), size / piece + 1);
  MD5_CTX state;
  MD5Init(&state);
  std::vector<char> buffer(piece);
  while (file) {
    progress.step({});
    file.read(buffer.data(), static_cast<std::streamsize>(piece));
    MD5Update(&state, reinterpret_cast<const uint8_t*>(buffer.data()),
              static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) throw IoError({.what = "cannot read to its end", .where = path.string()});
  uint8_t digest[MD5_DIGEST_LENGTH];
  MD5Final(digest, &state);
  std::string text;
  for (const uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace nnstretch::data
