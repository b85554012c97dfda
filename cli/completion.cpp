#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"

namespace nnstretch::cli {
namespace {

using Commands = std::span<const CommandFacts>;

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

bool takes_files(const OptionFacts& option) {
  return option.value.starts_with("FILE") || option.value.starts_with("FOLDER");
}

std::vector<std::string> names_of(const CommandFacts& command) {
  std::vector<std::string> names;
  for (const OptionFacts& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// Commands of a command, "train" and "eval" of "supernet"; of the program for an empty name.
std::vector<const CommandFacts*> under(Commands commands, const std::string& name) {
  std::vector<const CommandFacts*> found;
  const std::string before = name.empty() ? "" : name + " ";
  for (const CommandFacts& command : commands)
    if (command.name.starts_with(before) &&
        command.name.find(' ', before.size()) == command.name.npos)
      found.push_back(&command);
  return found;
}

std::string last_word(const std::string& name) { return name.substr(name.rfind(' ') + 1); }

// In single quotes of a shell.
std::string quoted(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != text.npos; at += 4)
    text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

// The words that name the command are those before the cursor that are no options.
std::string bash(Commands commands) {
  std::string text =
      "# nnstretch completion bash\n"
      "_nnstretch() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$command $word\" in\n";
  for (const CommandFacts& command : commands) {
    const size_t blank = command.name.rfind(' ');
    const std::string before = blank == command.name.npos ? "" : command.name.substr(0, blank);
    text += fmt::format("      {}) command={} ;;\n", quoted(before + " " + last_word(command.name)),
                        quoted(command.name));
  }
  text += "    esac\n  done\n  COMPREPLY=()\n  case \"$command:$prev\" in\n";
  for (const CommandFacts& command : commands)
    for (const OptionFacts& option : command.options) {
      if (option.names.empty() || option.value.empty()) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names)
        patterns.push_back(quoted(command.name + ":" + name));
      std::string words;
      if (!option.choices.empty())
        words =
            fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\"))", quoted(joined(option.choices)));
      else if (takes_files(option))
        words = "compopt -o default 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\"))";
      else
        words = ":";
      text += fmt::format("    {}) {}; return ;;\n", fmt::join(patterns, "|"), words);
    }
  text += "  esac\n  case \"$command:$cur\" in\n";
  for (const CommandFacts& command : commands)
    text += fmt::format("    {}:-*) COMPREPLY=($(compgen -W {} -- \"$cur\")) ;;\n",
                        quoted(command.name), quoted(joined(names_of(command))));
  text += "    :-*) COMPREPLY=($(compgen -W '--help --version --quiet' -- \"$cur\")) ;;\n";
  std::vector<std::string> groups = {""};
  for (const CommandFacts& command : commands)
    if (!under(commands, command.name).empty()) groups.push_back(command.name);
  for (const std::string& group : groups) {
    std::vector<std::string> words;
    for (const CommandFacts* one : under(commands, group)) words.push_back(last_word(one->name));
    text += fmt::format("    {}:*) COMPREPLY=($(compgen -W {} -- \"$cur\")) ;;\n",
                        group.empty() ? "" : quoted(group), quoted(joined(words)));
  }
  return text +
         "    *) compopt -o default 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
         "  esac\n}\ncomplete -F _nnstretch nnstretch\n";
}

// What _arguments takes of a text: its own marks are escaped.
std::string for_zsh(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string zsh_arguments(const CommandFacts& command) {
  std::string text;
  for (const OptionFacts& option : command.options) {
    std::string value;
    if (!option.value.empty()) {
      std::string action = takes_files(option) ? "_files" : " ";
      if (!option.choices.empty()) action = "(" + joined(option.choices) + ")";
      value = fmt::format(":{}:{}", for_zsh(option.value), action);
    }
    if (option.names.empty()) text += " '*:argument:_files'";
    for (const std::string& name : option.names)
      text += " \\\n        " +
              quoted(fmt::format("{}{}[{}]{}", option.value.ends_with("...") ? "*" : "", name,
                                 for_zsh(option.help), value));
  }
  return text;
}

std::string zsh_case(Commands commands, const std::string& name, const std::string& indent) {
  std::string list;
  for (const CommandFacts* one : under(commands, name))
    list += " " + quoted(fmt::format("{}:{}", last_word(one->name), for_zsh(one->help)));
  std::string text = fmt::format(
      "{0}local -a commands=({1})\n"
      "{0}_arguments -C '(-h --help)'{{-h,--help}}'[help]' '1: :->command' '*:: :->rest'\n"
      "{0}case $state in\n"
      "{0}command) _describe command commands ;;\n"
      "{0}rest) case $words[1] in\n",
      indent, list);
  for (const CommandFacts* one : under(commands, name))
    if (under(commands, one->name).empty())
      text += fmt::format("{}  {}) _arguments{} ;;\n", indent, last_word(one->name),
                          zsh_arguments(*one));
    else
      text += fmt::format("{}  {}) _nnstretch_{} ;;\n", indent, last_word(one->name),
                          last_word(one->name));
  return text + indent + "  esac ;;\n" + indent + "esac\n";
}

std::string zsh(Commands commands) {
  std::string text = "#compdef nnstretch\n# nnstretch completion zsh\n";
  for (const CommandFacts& command : commands)
    if (!under(commands, command.name).empty())
      text += fmt::format("_nnstretch_{}() {{\n  local state line\n{}}}\n", command.name,
                          zsh_case(commands, command.name, "  "));
  return text + "_nnstretch() {\n  local state line\n" + zsh_case(commands, "", "  ") +
         "}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then _nnstretch \"$@\"; "
         "else compdef _nnstretch nnstretch; fi\n";
}

// That this command was typed: `train` is one, and so is `supernet train`.
std::string fish_condition(Commands commands, const CommandFacts& command) {
  const size_t blank = command.name.rfind(' ');
  std::string others;
  for (const CommandFacts& group : commands)
    if (!under(commands, group.name).empty() && group.name != command.name)
      others += " " + group.name;
  const std::string seen = "__fish_seen_subcommand_from " + last_word(command.name);
  if (blank != command.name.npos)
    return fmt::format("__fish_seen_subcommand_from {}; and {}", command.name.substr(0, blank),
                       seen);
  return others.empty() ? seen
                        : fmt::format("{}; and not __fish_seen_subcommand_from{}", seen, others);
}

std::string fish(Commands commands) {
  std::string text = "# nnstretch completion fish\ncomplete -c nnstretch -f\n";
  for (const CommandFacts& command : commands) {
    const size_t blank = command.name.rfind(' ');
    const std::string before = blank == command.name.npos ? "" : command.name.substr(0, blank);
    const std::string seen = before.empty() ? "__fish_use_subcommand"
                                            : fmt::format("__fish_seen_subcommand_from {}", before);
    text += fmt::format("complete -c nnstretch -n {} -a {} -d {}\n", quoted(seen),
                        last_word(command.name), quoted(command.help));
    const std::string here = fish_condition(commands, command);
    for (const OptionFacts& option : command.options) {
      std::string words;
      for (const std::string& name : option.names)
        words += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (words.empty()) {
        text += fmt::format("complete -c nnstretch -n {} -F\n", quoted(here));
        continue;
      }
      if (!option.choices.empty())
        words += fmt::format(" -xa {}", quoted(joined(option.choices)));
      else if (takes_files(option))
        words += " -rF";
      else if (!option.value.empty())
        words += " -x";
      text += fmt::format("complete -c nnstretch -n {}{} -d {}\n", quoted(here), words,
                          quoted(option.help));
    }
  }
  return text;
}

}  // namespace

std::vector<std::string> completed_shells() { return {"bash", "zsh", "fish"}; }

std::string completion_for(const std::string& shell, Commands commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  throw UsageError({.what = fmt::format("there is no completion for '{}'", shell),
                    .where = {},
                    .fix = fmt::format("take one of {}", joined(completed_shells()))});
}

}  // namespace nnstretch::cli
