#include "cli/mistakes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/foreign_words.h"
#include "cli/help.h"

namespace nnstretch::cli {
namespace {

bool is_option(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') return false;
  return word[1] == '-' || std::string_view("0123456789.").find(word[1]) == word.npos;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty())
      for (const std::string& name : option->get_lnames())
        names.push_back(fmt::format("--{}", name));
  return names;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({}))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  return names;
}

const CLI::App* find(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_name() == name) return command;
  return nullptr;
}

// The command of the same program that has it.
std::string owner_of(const std::string& option, const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_option_no_throw(option)) return command->get_name();
  return {};
}

[[noreturn]] void refuse_option(const std::string& option, const CLI::App& command,
                                const CLI::App& app, const std::string& called) {
  const std::string help = fmt::format("`{} --help` lists what there is", called);
  Message message{.what = "there is no option " + option, .where = {}, .fix = help};
  if (const auto foreign = foreign_word(option)) {
    message.what += fmt::format(", which is {}'s", foreign->of);
    message.fix = fmt::format("say it so here: {}", foreign->ours);
  } else if (const auto near = nearest(option, options_of(command)); !near.empty()) {
    message.fix = fmt::format("did you mean {}? {}", near, help);
  } else if (app.get_option_no_throw(option)) {
    message.fix = fmt::format("it stands before the command: `nnstretch {} ...`", option);
  } else if (const auto owner = owner_of(option, app); !owner.empty()) {
    message.what += fmt::format(" of `{}`, but one of `nnstretch {}`", called, owner);
  }
  throw UsageError(std::move(message));
}

[[noreturn]] void refuse_command(const std::string& word, const CLI::App& app,
                                 const std::string& called) {
  const auto known = commands_of(app);
  const std::string near = nearest(word, known);
  throw UsageError(
      {.what = fmt::format("there is no command '{}'", word),
       .where = {},
       .fix = near.empty()
                  ? fmt::format("there are {}: `{} --help`", fmt::join(known, ", "), called)
                  : fmt::format("did you mean {}? `{} --help` lists all", near, called)});
}

}  // namespace

void check_words(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  std::string called = app.get_name();
  for (const std::string& word : words) {
    if (word == "--") return;
    if (is_option(word)) {
      const std::string option = word.substr(0, word.find('='));
      if (!command->get_option_no_throw(option)) refuse_option(option, *command, app, called);
      continue;
    }
    if (command->get_subcommands({}).empty()) continue;
    const CLI::App* next = find(*command, word);
    if (!next) refuse_command(word, *command, called);
    command = next;
    if (command->get_prefix_command()) return;
    called += " " + word;
  }
}

CLI::Validator one_of(std::vector<std::string> words) {
  const std::string said = fmt::format("{{{}}}", fmt::join(words, ","));
  return CLI::Validator(
      [words = std::move(words)](std::string& word) -> std::string {
        if (std::find(words.begin(), words.end(), word) != words.end()) return {};
        const std::string near = nearest(word, words);
        return fmt::format("'{}' is none of {}{}", word, fmt::join(words, ", "),
                           near.empty() ? "" : fmt::format(": did you mean {}?", near));
      },
      said);
}

std::string command_in(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  std::string called = app.get_name();
  for (const std::string& word : words) {
    if (is_option(word)) continue;
    command = find(*command, word);
    if (!command) break;
    called += " " + word;
  }
  return called;
}

}  // namespace nnstretch::cli
