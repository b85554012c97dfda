// The sub-commands: each adds itself to the command line and does one call into the library.
#pragma once
#include <CLI/CLI.hpp>

namespace nnstretch::cli {

void add_run(CLI::App& app);
void add_info(CLI::App& app);
void add_build(CLI::App& app);
void add_infer(CLI::App& app);
void add_bench(CLI::App& app);
void add_compare(CLI::App& app);
void add_inspect(CLI::App& app);
void add_convert(CLI::App& app);
void add_devices(CLI::App& app);
// train, test, supernet, data: handed on to nnstretch-training.
void add_training(CLI::App& app);

}  // namespace nnstretch::cli
