// nnstretch supernet.
#include "base/error.h"
#include "cli/training/commands.h"

namespace nnstretch::cli {

void add_supernet(CLI::App& app) {
  CLI::App* command = app.add_subcommand("supernet", "");
  command->callback([] { throw UsageError({.what = "`supernet` is not there yet"}); });
}

}  // namespace nnstretch::cli
