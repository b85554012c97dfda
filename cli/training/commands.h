// The sub-commands of the training component: each adds itself and does one call into the library.
#pragma once
#include <CLI/CLI.hpp>

namespace nnstretch::cli {

void add_train(CLI::App& app);
void add_test(CLI::App& app);
void add_supernet(CLI::App& app);
void add_data(CLI::App& app);

}  // namespace nnstretch::cli
