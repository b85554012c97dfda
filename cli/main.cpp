// nnstretch: parses the command line, runs one sub-command, turns errors into exit codes.
// 0 done, 1 the work failed, 2 wrong use. Results on stdout, all else on stderr.
#include <fmt/format.h>

#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "cli/commands.h"
#include "pipeline/context.h"

namespace {

using namespace nnstretch;

// --num-threads and --num_threads are one flag.
std::vector<std::string> with_underscores(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {  // CLI11 takes them last first
    std::string argument = argv[i];
    if (argument.starts_with("--"))
      for (size_t at = 2; at < argument.size() && argument[at] != '='; ++at)
        if (argument[at] == '-') argument[at] = '_';
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

int fail(const std::string& message, int code) {
  fmt::print(stderr, "nnstretch: {}\n", message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Stretches a CNN into branches that run at the same time on the processors of a machine.");
  app.name("nnstretch");
  app.require_subcommand(1);
  app.set_version_flag("--version", pipeline::program_version());
  app.add_flag_callback("-q,--quiet", log::be_quiet, "only warnings and results");
  app.footer(
      "Example:\n  nnstretch run --configs configs/mi\n"
      "  nnstretch bench --cfg configs/mi/R-34-CD.yaml --trace trace.json\n"
      "Each command has its own --help.");
  cli::add_run(app);
  cli::add_build(app);
  cli::add_infer(app);
  cli::add_bench(app);
  cli::add_compare(app);
  cli::add_inspect(app);
  cli::add_info(app);
  cli::add_convert(app);
  cli::add_devices(app);
  try {
    app.parse(with_underscores(argc, argv));
    return 0;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RuntimeError& quiet) {
    return quiet.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return fail(std::string(error.what()) + ": see nnstretch --help", 2);
  } catch (const UsageError& error) {
    return fail(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", 1);
  } catch (const std::exception& error) {
    return fail(error.what(), 1);
  }
}
