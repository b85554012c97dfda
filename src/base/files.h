// Whole files in and out. A written file is either complete or absent.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

// The whole file; IoError names the path and the system's reason. A folder is an error too.
std::vector<std::byte> read_bytes(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// Writes beside the target, flushes to disk, renames over it: a reader (or a crash) sees the old
// file or the new one, nothing between. Creates missing folders.
void write_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_atomic(const std::filesystem::path& path, std::string_view text);

// $XDG_CACHE_HOME/nnstretch, else ~/.cache/nnstretch, else a folder of this user in /tmp.
std::filesystem::path cache_folder();

}  // namespace nnstretch
