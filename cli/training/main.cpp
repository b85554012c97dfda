// nnstretch-training: what needs libtorch. People call it as `nnstretch train ...`.
#include <memory>

#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/program.h"
#include "cli/training/commands.h"
#include "train/heap.h"

int main(int argc, char** argv) {
  using namespace nnstretch;
  occupy_closed_streams();
  train::keep_freed_memory();
  const plan::Surroundings here = plan::this_process();
  CLI::App app("Trains and scores the networks that nnstretch runs.");
  app.formatter(std::make_shared<cli::Help>());
  cli::add_train(app, {argv, argv + argc});
  cli::add_test(app, here);
  cli::add_supernet(app, {argv, argv + argc});
  cli::add_data(app);
  cli::add_tree(app);
  return cli::run_program(app, argc, argv);
}
