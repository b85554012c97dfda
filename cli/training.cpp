// nnstretch train, test, supernet, data: commands of nnstretch-training, which stands beside this
// program and takes its place, as git does it. So only who trains needs libtorch.
#include "cli/training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/process.h"
#include "cli/commands.h"

namespace nnstretch::cli {
namespace {

// Does not return unless it throws.
void become_training_program(const CLI::App& command) {
  const std::string program = training_program(command.get_name());
  std::vector<std::string> words = {"nnstretch"};
  if (command.get_parent()->count("--quiet") > 0) words.emplace_back("--quiet");
  words.push_back(command.get_name());
  for (const std::string& word : command.remaining()) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw IoError(
      {.what = fmt::format("cannot be started: {}", std::strerror(errno)), .where = program});
}

void add(CLI::App& app, const std::string& name, const std::string& what) {
  CLI::App* command = app.add_subcommand(name, what)->prefix_command();
  command->set_help_flag();  // its own --help is the sibling's
  command->callback([command] { become_training_program(*command); });
}

}  // namespace

std::string training_program(const std::string& command) {
  const std::string program = this_program().parent_path() / "nnstretch-training";
  if (std::filesystem::exists(program)) return program;
  throw IoError(
      {.what = fmt::format("`{}` belongs to the training component, which is not built", command),
       .where = program,
       .fix = "start ./nnstretch of the source tree, which installs and builds it, or "
              "configure with -DNNSTRETCH_TRAINING=ON"});
}

void run_training_program(std::vector<std::string> words) {
  const std::string program = training_program(words.at(0));
  words.insert(words.begin(), "nnstretch");
  if (const Ended ended = Process({.words = words, .program = program}).wait(); !ended.well())
    throw IoError({.what = fmt::format("`{}` {}", words.at(1), ended.said()),
                   .where = program,
                   .fix = "see what it says above"});
}

void add_training(CLI::App& app) {
  add(app, "train", "Train the network of a configuration");
  add(app, "test", "Accuracy of a checkpoint, or of the .tflite that is timed");
  add(app, "supernet", "Train elastic networks, score and take out those inside");
  add(app, "data", "Extract, convert, make and describe data sets");
}

}  // namespace nnstretch::cli
