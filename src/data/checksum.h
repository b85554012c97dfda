// MD5 sums, as ImageNet's archives are published with. They find damage, not malice.
#pragma once
#include <filesystem>
#include <string>

namespace nnstretch::data {

// 32 hexadecimal digits of a whole file; shows its progress. IoError.
std::string md5_of_file(const std::filesystem::path& path);

}  // namespace nnstretch::data
