// nnstretch test.
#include "base/error.h"
#include "cli/training/commands.h"

namespace nnstretch::cli {

void add_test(CLI::App& app) {
  CLI::App* command = app.add_subcommand("test", "");
  command->callback([] { throw UsageError({.what = "`test` is not there yet"}); });
}

}  // namespace nnstretch::cli
