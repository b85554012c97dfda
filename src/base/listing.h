// The files below a folder that a command takes, and a word about the rest: nothing is left out
// silently.
//     const Listing found = list_files(folder, [](const auto& file) {
//       return has_ending(file, {".yaml", ".yml"});
//     });
//     if (const auto words = found.left_out_words(); !words.empty())
//       log::info("note: {}: {}", folder.string(), words);
//     // note: nets: 3 not taken: README.md, a.txt (of another kind); .git (hidden)
#pragma once
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

struct Listing {
  std::vector<std::filesystem::path> files;  // FOLDER/..., sorted
  // Reason -> what was left out for it, sorted; a folder that is not walked counts as one.
  std::map<std::string, std::vector<std::filesystem::path>> left_out;

  // How many were left out and why, each reason with the first `names` names, in one line; empty if
  // all was taken. Paths are given without those of `folder` before them.
  std::string left_out_words(size_t names = 3) const;
  std::filesystem::path folder;  // that was listed
};

// Walks the folder and all below it. Links to files and folders are followed, a folder that several
// ways lead to is walked once (by its own name rather than through a link). `takes` is asked about
// every regular file; left out are those it does not take, hidden files and folders, dangling
// links, links into what was walked already, devices and pipes, and folders that cannot be opened.
// IoError if `folder` itself cannot be listed.
Listing list_files(const std::filesystem::path& folder,
                   const std::function<bool(const std::filesystem::path&)>& takes);

// True if the name ends in one of `endings` (".jpg"), upper and lower case alike.
bool has_ending(const std::filesystem::path& file, std::initializer_list<std::string_view> endings);

}  // namespace nnstretch
