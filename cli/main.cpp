// nnstretch: the command with its sub-commands. Results on stdout, all else on stderr.
#include <memory>

#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  using namespace nnstretch;
  occupy_closed_streams();
  const plan::Surroundings here = plan::this_process();
  CLI::App app(
      "Stretches a CNN into branches that run at the same time on the processors of a machine.");
  app.footer(
      "Example:\n  nnstretch run --configs configs/mi\n"
      "  nnstretch bench --cfg configs/mi/R-34-CD.yaml --trace trace.json\n"
      "Each command has its own --help.");
  app.formatter(std::make_shared<cli::Help>());
  cli::add_run(app, here, {argv, argv + argc});
  cli::add_build(app, here);
  cli::add_infer(app, here);
  cli::add_bench(app, here);
  cli::add_compare(app);
  cli::add_report(app);
  cli::add_inspect(app, here);
  cli::add_info(app);
  cli::add_convert(app);
  cli::add_profile(app, here);
  cli::add_predict(app);
  cli::add_search(app, here);
  cli::add_devices(app, here);
  cli::add_training(app);
  cli::add_shells(app);
  return cli::run_program(app, argc, argv);
}
