#include "cli/program.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/names.h"
#include "cli/options.h"
#include "measure/context.h"

namespace nnstretch::cli {
namespace {

// As keys of a configuration look: OPTIM.BASE_LR, NUM_GPUS
bool looks_like_key(std::string_view word) {
  return !word.empty() &&
         word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == word.npos;
}

// Options may be written with - or _ between words; lists after a KEY are marked.
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {  // CLI11 takes them last first
    std::string argument = argv[i];
    if (argument.starts_with("--"))
      for (size_t at = 2; at < argument.size() && argument[at] != '='; ++at)
        if (argument[at] == '-') argument[at] = '_';
    if (argument.starts_with('[') && looks_like_key(argv[i - 1])) argument.insert(0, 1, list_mark);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

void add_flags(const CLI::App& app, std::set<std::string, std::less<>>& names) {
  for (const CLI::Option* option : app.get_options())
    names.insert(option->get_lnames().begin(), option->get_lnames().end());
  for (const CLI::App* command : app.get_subcommands({})) add_flags(*command, names);
}

int fail(const std::string& message, int code) {
  to_stderr(fmt::format("nnstretch: {}\n", printable(with_flags(message))));
  return code;
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv) {
  app.name("nnstretch");
  app.require_subcommand(1);
  app.set_version_flag("--version", measure::program_version());
  app.add_flag_callback("-q,--quiet", log::be_quiet, "only warnings and results");
  std::set<std::string, std::less<>> flags;
  add_flags(app, flags);
  use_flags(std::move(flags));
  try {
    app.parse(words_of(argc, argv));
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

}  // namespace nnstretch::cli
