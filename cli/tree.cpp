#include "cli/tree.h"

#include "cli/help.h"

namespace nnstretch::cli {
namespace {

OptionFacts facts_of(const CLI::Option& option) {
  OptionFacts facts{.names = {},
                    .value = value_of(option),
                    .help = help_of(option),
                    .group = option.get_group(),
                    .choices = choices_of(option)};
  for (const std::string& name : option.get_lnames()) facts.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) facts.names.push_back("-" + name);
  return facts;
}

void add(const CLI::App& app, const std::string& before, std::vector<CommandFacts>& all) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    CommandFacts facts{.name = before + command->get_name(),
                       .help = command->get_description(),
                       .footer = command->get_footer(),
                       .options = {}};
    for (const CLI::Option* option : command->get_options())
      if (!option->get_group().empty()) facts.options.push_back(facts_of(*option));
    all.push_back(std::move(facts));
    add(*command, all.back().name + " ", all);
  }
}

}  // namespace

std::vector<CommandFacts> commands_of(const CLI::App& app) {
  std::vector<CommandFacts> all;
  add(app, "", all);
  return all;
}

}  // namespace nnstretch::cli
