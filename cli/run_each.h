// `run` on several machines at the same time: a process for each, which has one of them.
#pragma once
#include <string>
#include <vector>

namespace nnstretch::cli {

// The words of this process with flags behind `run`, before what was given, for that may end in
// KEY VALUE.
std::vector<std::string> with_flags_of_run(std::vector<std::string> words,
                                           const std::vector<std::string>& flags);

// Each process has the words of this one and --only=N, from 1 on. What it says is told with the
// name of its machine before it, what it gives once all have ended. Gives the exit code of all
// together: 0 if each went well, 2 if what failed was used wrongly, else 1.
int run_each(const std::vector<std::string>& words, const std::vector<std::string>& machines);

}  // namespace nnstretch::cli
