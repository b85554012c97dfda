// All commands and options of the program as values: what completions and man pages are made of.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/json_fields.h"

namespace nnstretch::cli {

struct OptionFacts {
  std::vector<std::string> names;    // "--cfg", "-h"; none: it has a place
  std::string value, help, group;    // value: "FILE", "N"; empty for a flag
  std::vector<std::string> choices;  // if only some words are right
};

struct CommandFacts {
  std::string name, help, footer;  // "bench", "supernet train"
  std::vector<OptionFacts> options;
};

// Of a program, without what is told of nobody; commands of commands by both their names.
std::vector<CommandFacts> commands_of(const CLI::App& app);

template <class Io>
void fields(Io& io, OptionFacts& option) {
  io("names", option.names);
  io("value", option.value);
  io("help", option.help);
  io("group", option.group);
  io("choices", option.choices);
}

template <class Io>
void fields(Io& io, CommandFacts& command) {
  io("name", command.name);
  io("help", command.help);
  io("footer", command.footer);
  io("options", command.options);
}

}  // namespace nnstretch::cli
