// Reading the small files under /sys (or a copy of it, in tests).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nnstretch {

// All of a file of 64 KiB at most, which may be empty; nothing if it cannot be read. With `why`,
// the reason.
std::optional<std::string> read_small(const std::filesystem::path& path,
                                      std::string* why = nullptr);
// The first line without its end; nothing if the file cannot be read. With `why`, the reason.
std::optional<std::string> read_line(const std::filesystem::path& path, std::string* why = nullptr);
// The same as a number; nothing if it is not one.
std::optional<int64_t> read_number(const std::filesystem::path& path, std::string* why = nullptr);
// Names in a folder, sorted; none if it is not there.
std::vector<std::string> names_in(const std::filesystem::path& folder);

}  // namespace nnstretch
