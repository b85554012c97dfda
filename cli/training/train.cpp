// nnstretch train.
#include "base/error.h"
#include "cli/training/commands.h"

namespace nnstretch::cli {

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "");
  command->callback([] { throw UsageError({.what = "`train` is not there yet"}); });
}

}  // namespace nnstretch::cli
