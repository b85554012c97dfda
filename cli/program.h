// What the programs of the project share: one command line, errors turned into exit codes.
#pragma once
#include <CLI/CLI.hpp>

namespace nnstretch::cli {

// Parses the arguments, which runs the sub-command, and returns the exit code: 0 done, 1 the work
// failed, 2 wrong use. --num-threads and --num_threads are one flag.
int run_program(CLI::App& app, int argc, char** argv);

}  // namespace nnstretch::cli
