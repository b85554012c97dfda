// The sub-commands of the training component: each adds itself and does one call into the library.
#pragma once
#include <CLI/CLI.hpp>

#include "plan/surroundings.h"

namespace nnstretch::cli {

// `words`: of the command line; a training on several ranks starts itself again with them.
// `supernet`: of elastic networks only; otherwise of ordinary ones only.
void add_train(CLI::App& app, const std::vector<std::string>& words, bool supernet = false);
void add_supernet(CLI::App& app, const std::vector<std::string>& words);
void add_test(CLI::App& app, const plan::Surroundings& here);
void add_data(CLI::App& app);

}  // namespace nnstretch::cli
