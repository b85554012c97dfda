// nnstretch completion and nnstretch man: what shells complete and what `man` shows, printed.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/json.h"
#include "base/process.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/mistakes.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

// Those of the training component too, where it is built.
std::vector<CommandFacts> all_commands(const CLI::App& app) {
  std::vector<CommandFacts> all = commands_of(app);
  const std::filesystem::path program = this_program().parent_path() / "nnstretch-training";
  std::string told;
  if (!std::filesystem::exists(program)) return all;
  if (!Process({.words = {"nnstretch", "tree"},
                .program = program,
                .on_stdout = [&](std::string_view line) { told += line; }})
           .wait()
           .well())
    return all;
  const auto json = parse_json<Json>(told, program.string());
  for (const Json& one : json) {
    auto command = value_from<CommandFacts>(one, program.string());
    const auto same = std::ranges::find(all, command.name, &CommandFacts::name);
    if (same != all.end())
      *same = std::move(command);
    else
      all.push_back(std::move(command));
  }
  return all;
}

}  // namespace

void add_tree(CLI::App& app) {
  CLI::App* command = app.add_subcommand("tree", "all commands and options as JSON")->group("");
  command->callback([&app] { report::write_out(to_json(commands_of(app)).dump() + "\n"); });
}

void add_shells(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand("completion", "What a shell completes, as its file");
  completion->add_option("shell", *shell, "which shell")
      ->required()
      ->check(one_of(completed_shells()));
  completion->footer(
      "Example:\n  source <(nnstretch completion bash)\n"
      "  nnstretch completion zsh > ~/.zfunc/_nnstretch\n"
      "  nnstretch completion fish > ~/.config/fish/completions/nnstretch.fish");
  completion->callback(
      [&app, shell] { report::write_out(completion_for(*shell, all_commands(app))); });

  auto name = std::make_shared<std::vector<std::string>>();
  CLI::App* manual = app.add_subcommand("man", "A page of man: of the program or of a command");
  manual->add_option("command", *name, "which command; none: the program")->expected(0, 2);
  manual->footer("Example:\n  nnstretch man bench | man -l -");
  manual->callback([&app, name] {
    std::string words;
    for (const std::string& word : *name) words += (words.empty() ? "" : " ") + word;
    report::write_out(manual_of(all_commands(app), words));
  });
}

}  // namespace nnstretch::cli
