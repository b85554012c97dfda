#include "cli/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/error.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/names.h"
#include "cli/mistakes.h"
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
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.starts_with("--"))
      for (size_t at = 2; at < word.size() && word[at] != '='; ++at)
        if (word[at] == '-') word[at] = '_';
    if (word.starts_with('[') && looks_like_key(argv[i - 1])) word.insert(0, 1, list_mark);
    words.push_back(std::move(word));
  }
  return words;
}

void add_flags(const CLI::App& app, std::set<std::string, std::less<>>& names) {
  for (const CLI::Option* option : app.get_options())
    names.insert(option->get_lnames().begin(), option->get_lnames().end());
  for (const CLI::App* command : app.get_subcommands({})) add_flags(*command, names);
}

// One line; on a terminal as many as it takes.
int fail(const std::string& message, int code) {
  std::string line = "nnstretch: " + printable(with_flags(message));
  if (const auto columns = columns_of(STDERR_FILENO)) line = wrapped(line, *columns, 2);
  to_stderr(line + "\n");
  return code;
}

// `nnstretch help bench` is `nnstretch bench --help`; without words it is help, too.
std::vector<std::string> help_asked(std::vector<std::string> words) {
  if (words.empty()) return {"--help"};
  if (words[0] != "help") return words;
  words.erase(words.begin());
  words.emplace_back("--help");
  return words;
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv) {
  app.name("nnstretch");
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", measure::program_version());
  app.add_flag_callback("-q,--quiet", log::be_quiet, "only warnings and results");
  std::set<std::string, std::less<>> flags;
  add_flags(app, flags);
  use_flags(std::move(flags));
  const auto words = help_asked(words_of(argc, argv));
  try {
    check_words(app, words);
    app.parse(std::vector(words.rbegin(), words.rend()));  // CLI11 takes them last first
    return 0;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RuntimeError& quiet) {
    return quiet.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return fail(fmt::format("{}: see `{} --help`", error.what(), command_in(app, words)), 2);
  } catch (const UsageError& error) {
    return fail(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", 1);
  } catch (const std::exception& error) {
    return fail(error.what(), 1);
  }
}

}  // namespace nnstretch::cli
