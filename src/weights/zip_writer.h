// Writes what zip.h reads: stored entries, their content on 64-byte boundaries, as torch.load wants
// to map them.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nnstretch::weights {

class ZipWriter {
 public:
  // FormatError above 4 GiB or 65535 entries, which would need the 64-bit extension.
  void add(const std::string& name, std::span<const std::byte> content);
  // The archive; the writer is used up.
  std::vector<std::byte> finish() &&;

 private:
  std::vector<std::byte> bytes_, directory_;
  size_t entries_ = 0;
};

}  // namespace nnstretch::weights
