// Pages of `man`: nnstretch(1) with all commands, nnstretch-bench(1) with those options.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/completion.h"

namespace nnstretch::cli {
namespace {

// As roff shows it as it stands: a backslash, a dash, and what stands first in a line.
std::string plain(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
  }
  if (escaped.starts_with('.') || escaped.starts_with('\'')) escaped.insert(0, "\\&");
  return escaped;
}

std::string page_name(const std::string& command) {
  std::string name = command.empty() ? "nnstretch" : "nnstretch-" + command;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string head(const std::string& command, const std::string& help) {
  const std::string name = page_name(command);
  return fmt::format(".TH \"{}\" 1\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B nnstretch{}\n[OPTIONS]\n",
                     name, plain(name), plain(help), command.empty() ? "" : " " + plain(command));
}

std::string entry(const OptionFacts& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", plain(name));
  const std::string value =
      option.value.empty() ? "" : fmt::format("\\fI{}\\fR", plain(option.value));
  return fmt::format(".TP\n{}{}{}\n{}\n", names, names.empty() || value.empty() ? "" : " ", value,
                     plain(option.help));
}

std::string options(const CommandFacts& command) {
  std::vector<std::string> groups;
  for (const OptionFacts& option : command.options)
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
      groups.push_back(option.group);
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format(".SH \"{}\"\n", plain(group));
    for (const OptionFacts& option : command.options)
      if (option.group == group) text += entry(option);
  }
  return text;
}

// Lines as they stand.
std::string footer(const std::string& lines) {
  if (lines.empty()) return {};
  std::string text = ".SH EXAMPLES\n.nf\n";
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    text += plain(lines.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return text + ".fi\n";
}

}  // namespace

std::string manual_of(std::span<const CommandFacts> commands, const std::string& name) {
  if (name.empty()) {
    std::string text = head("", "stretches networks into branches and times them");
    text += ".SH COMMANDS\n";
    for (const CommandFacts& command : commands)
      text += fmt::format(".TP\n.B {}\n{}\n", plain(command.name), plain(command.help));
    return text;
  }
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CommandFacts& one) { return one.name == name; });
  if (found == commands.end())
    throw UsageError({.what = fmt::format("there is no command '{}'", name),
                      .where = {},
                      .fix = "`nnstretch --help` lists them"});
  return head(name, found->help) + options(*found) + footer(found->footer);
}

}  // namespace nnstretch::cli
