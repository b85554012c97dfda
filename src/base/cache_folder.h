// Where the program keeps what costs only time to make again.
#pragma once
#include <filesystem>
#include <string>

namespace nnstretch {

struct CacheFolder {
  std::filesystem::path path;  // empty: there is none
  std::string why_not;         // then
};

// $XDG_CACHE_HOME/nnstretch, else ~/.cache/nnstretch, made if it is not there. There is none where
// neither variable is set, and where the folder is another user's, may be written by others, or is
// a link that another user made: who can change it decides what the program reads and writes.
CacheFolder cache_folder();

}  // namespace nnstretch
