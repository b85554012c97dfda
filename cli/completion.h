// What shells complete of the program's command line: files made from its tree of options.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "cli/tree.h"

namespace nnstretch::cli {

std::vector<std::string> completed_shells();  // bash, zsh, fish
// The file for one of them.
std::string completion_for(const std::string& shell, std::span<const CommandFacts> commands);

// A page of `man`, in roff: nnstretch(1), or nnstretch-bench(1) for a command.
std::string manual_of(std::span<const CommandFacts> commands, const std::string& command);

}  // namespace nnstretch::cli
