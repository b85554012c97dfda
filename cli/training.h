// Commands of the training component, called from others.
#pragma once
#include <string>
#include <vector>

namespace nnstretch::cli {

// Its path; IoError if it was not built. `command` is what needs it.
std::string training_program(const std::string& command);
// Runs nnstretch-training with these words, the command first, and waits; what it prints goes to
// standard error. It ends when this program does. IoError if it is not built, cannot be started or
// fails.
void run_training_program(std::vector<std::string> words);

}  // namespace nnstretch::cli
