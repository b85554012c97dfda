#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "base/columns.h"

namespace nnstretch::cli {
namespace {

constexpr size_t kColumn = 28;  // where what is said of an option begins

// The name of a kind of value, without what the parser says of its limits.
std::string kind_of(const CLI::Option& option) {
  std::string kind = option.get_type_name();
  kind = kind.substr(0, kind.find(':'));
  if (kind == "INT" || kind == "UINT") return "N";
  if (kind == "FLOAT") return "X";
  if (kind == "TEXT") return "WORD";
  return kind;
}

// A name, and what is said of it in a column of its own.
std::string entry(const std::string& left, const std::string& said, size_t columns) {
  std::string line = fmt::format("  {}", left);
  if (said.empty()) return line + "\n";
  const bool beside = line.size() + 2 <= kColumn;
  line += beside ? std::string(kColumn - line.size(), ' ') : "\n" + std::string(kColumn, ' ');
  for (const char c : wrapped(said, columns - kColumn))
    line += c == '\n' ? "\n" + std::string(kColumn, ' ') : std::string(1, c);
  return line + "\n";
}

std::string entry_of(const CLI::Option& option, size_t columns) {
  if (!option.nonpositional()) return entry(value_of(option), help_of(option), columns);
  const std::string value = value_of(option);
  return entry(names_of(option) + (value.empty() ? "" : " " + value), help_of(option), columns);
}

std::string usage_of(const CLI::App& app, const std::string& name) {
  std::string text = "Usage: " + name;
  if (!app.get_subcommands({}).empty()) return text + " COMMAND [OPTIONS]\n";
  text += " [OPTIONS]";
  for (const CLI::Option* option : app.get_options())
    if (!option->nonpositional())
      text += option->get_required() ? " " + value_of(*option) : " [" + value_of(*option) + "]";
  return text + "\n";
}

// Groups in the order in which they were first used; one without a name is shown to nobody.
std::string options_of(const CLI::App& app, size_t columns) {
  std::vector<std::string> groups;
  for (const CLI::Option* option : app.get_options())
    if (std::find(groups.begin(), groups.end(), option->get_group()) == groups.end())
      groups.push_back(option->get_group());
  std::string text;
  for (const std::string& group : groups) {
    if (group.empty()) continue;
    text += fmt::format("\n{}:\n", group);
    for (const CLI::Option* option : app.get_options())
      if (option->get_group() == group) text += entry_of(*option, columns);
  }
  return text;
}

std::string commands_of(const CLI::App& app, size_t columns) {
  std::string text;
  for (const CLI::App* command : app.get_subcommands({}))
    if (!command->get_group().empty())
      text += entry(command->get_name(), command->get_description(), columns);
  return text.empty() ? "" : "\nCommands:\n" + text;
}

// Examples are copied: their lines stay as they are.
std::string footer_of(const CLI::App& app, size_t columns) {
  std::string text, footer = app.get_footer();
  while (!footer.empty()) {
    const size_t end = std::min(footer.find('\n'), footer.size());
    const std::string line = footer.substr(0, end);
    text += (line.starts_with("  ") ? line : wrapped(line, columns)) + "\n";
    footer.erase(0, end + 1);
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back(fmt::format("-{}", name));
  for (const std::string& name : option.get_lnames()) names.push_back(fmt::format("--{}", name));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string help_of(const CLI::Option& option) {
  std::string said = option.get_description();
  const auto add = [&](const std::string& more) { said += (said.empty() ? "" : " ") + more; };
  if (option.get_type_size() > 0 && !option.get_default_str().empty() &&
      said.find("(default") == said.npos)
    add(fmt::format("(default: {})", option.get_default_str()));
  if (option.get_required() && option.nonpositional()) add("(must be given)");
  return said;
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string kind = option.get_type_name();
  const size_t begin = kind.find('{'), end = kind.find('}');
  std::vector<std::string> words;
  if (begin == kind.npos || end == kind.npos) return words;
  std::string list = kind.substr(begin + 1, end - begin - 1);
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string word = list.substr(0, comma);
    words.push_back(
        word.substr(0, word.find("->")));  // what it is turned into is nobody's business
    list.erase(0, comma + 1);
  }
  return words;
}

std::string value_of(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  const auto choices = choices_of(option);
  std::string value =
      choices.empty() ? kind_of(option) : fmt::format("{}", fmt::join(choices, "|"));
  // What is said with commas is one word.
  const bool several =
      option.get_expected_max() > 1 && kind_of(option).find(',') == std::string::npos;
  if (!option.nonpositional() && kind_of(option) == "WORD") {
    value = option.get_name();
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  return value + (several ? " ..." : "");
}

std::string Help::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
  const size_t columns = std::max<size_t>(40, columns_of(STDOUT_FILENO).value_or(80));
  if (name.empty()) name = app->get_name();
  std::string text = usage_of(*app, name);
  if (!app->get_description().empty())
    text += "\n" + wrapped(app->get_description(), columns) + "\n";
  return text + commands_of(*app, columns) + options_of(*app, columns) + footer_of(*app, columns);
}

}  // namespace nnstretch::cli
