// Which configurations a command is to work on.
#pragma once
#include <filesystem>
#include <vector>

namespace nnstretch::pipeline {

// Files as they are given, and of folders all that end in .yaml or .yml, with those of sub-folders,
// sorted. A file that several arguments lead to is taken once, by its first name. What a folder
// holds besides is counted and named in a note. UsageError for what does not exist or cannot be
// listed, and if there is none.
std::vector<std::filesystem::path> config_files(
    const std::vector<std::filesystem::path>& arguments);

}  // namespace nnstretch::pipeline
