// What is wrong with the words of a command line, said before they are parsed: a command or an
// option that is not known, in the order in which they were typed, with the nearest known one, or
// with ours where the word is that of a tool people come from (cli/foreign_words.h).
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace nnstretch::cli {

// UsageError. `words` follow the program's name. What stands behind a command that is handed on is
// not looked at.
void check_words(const CLI::App& app, const std::vector<std::string>& words);

// A check of an option's value: one of these words, whose help lists them; else the nearest is
// said.
CLI::Validator one_of(std::vector<std::string> words);

// The command that the words name, as people call it: "nnstretch bench".
std::string command_in(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace nnstretch::cli
