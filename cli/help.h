// How help looks, of every command: what it is for, its options in groups, examples last; no line
// wider than the terminal (80 columns where there is none).
//     Usage: nnstretch bench [OPTIONS] [KEY VALUE ...]
//
//     Timing:
//       --num_runs N              timed runs (default: 50)
//       --plan parts|whole|best   parts as configured, ...
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace nnstretch::cli {

class Help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override;
};

// What an option is told with and completed from.
std::string names_of(const CLI::Option& option);  // "--cfg, --configs"
std::string help_of(const CLI::Option& option);   // with its default
std::vector<std::string> choices_of(
    const CLI::Option& option);  // its words, if only some are right
// "FILE", "parts|whole|best", "N ..."; empty for a flag.
std::string value_of(const CLI::Option& option);

// Options that are added to the command while it lives are in this group of its help.
class Group {
 public:
  Group(CLI::App& command, const std::string& name) : command_(command) {
    before_ = command.option_defaults()->get_group();
    command.option_defaults()->group(name);
  }
  ~Group() { command_.option_defaults()->group(before_); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

 private:
  CLI::App& command_;
  std::string before_;
};

}  // namespace nnstretch::cli
