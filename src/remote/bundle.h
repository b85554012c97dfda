// What is pushed to another machine: the program with its own loader and libraries, as
// scripts/bundle puts them into one folder, so that nothing of that machine is needed but a kernel.
//     bundle/nnstretch   bundle/lib/ld-linux-aarch64.so.1   bundle/lib/libc.so.6 ...
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nnstretch::remote {

// Files that lie there together, in one folder.
struct Pushed {
  std::map<std::string, std::filesystem::path> files;  // by their names in the folder
  int64_t bytes = 0;
  std::string name;  // "bundle.3f2a1bc9...": of their names and content
};
// `kind` is the first word of its name. IoError for what cannot be read.
Pushed pushed(std::string kind, std::map<std::string, std::filesystem::path> files);

struct Bundle : Pushed {
  // The program, as it is started in that folder: by its own loader, if there is one, with
  // LD_LIBRARY_PATH=./lib.
  std::vector<std::string> start() const;
};

// IoError for a folder that cannot be read, or is none with the program in it.
Bundle read_bundle(const std::filesystem::path& folder);

// The folder for machines of this architecture: what $NNSTRETCH_BUNDLER makes of it (the launcher
// names scripts/bundle there), which is told on standard error. IoError if it cannot, or if nobody
// says how.
std::filesystem::path made_bundle(const std::string& architecture);

}  // namespace nnstretch::remote
