// nnstretch data: data sets made ready for training.
#include "base/error.h"
#include "cli/training/commands.h"

namespace nnstretch::cli {

void add_data(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "Extract, convert, make and describe data sets");
  data->callback([] { throw UsageError({.what = "`data` has no commands yet"}); });
}

}  // namespace nnstretch::cli
