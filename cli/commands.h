// The sub-commands: each adds itself to the command line and does one call into the library.
// What computes does it with the cores and engines `here`, which outlive the command line.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "plan/surroundings.h"

namespace nnstretch::cli {

// `words`: of this process, which others like it are started with.
void add_run(CLI::App& app, const plan::Surroundings& here, std::vector<std::string> words);
void add_info(CLI::App& app);
void add_build(CLI::App& app, const plan::Surroundings& here);
void add_infer(CLI::App& app, const plan::Surroundings& here);
void add_bench(CLI::App& app, const plan::Surroundings& here);
void add_compare(CLI::App& app);
void add_report(CLI::App& app);
void add_inspect(CLI::App& app, const plan::Surroundings& here);
void add_convert(CLI::App& app);
void add_profile(CLI::App& app, const plan::Surroundings& here);
void add_predict(CLI::App& app);
void add_search(CLI::App& app, const plan::Surroundings& here);
void add_devices(CLI::App& app, const plan::Surroundings& here);
// completion, man
void add_shells(CLI::App& app);
// tree, told of nobody: the commands of a program, for the completion of another.
void add_tree(CLI::App& app);
// train, test, supernet, data: handed on to nnstretch-training.
void add_training(CLI::App& app);

}  // namespace nnstretch::cli
