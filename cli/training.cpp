// nnstretch train, test, supernet, data: commands of nnstretch-training, which stands beside this
// program and takes its place, as git does it. So only who trains needs libtorch.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "cli/commands.h"

namespace nnstretch::cli {
namespace {

std::filesystem::path sibling() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "nnstretch-training";
}

// Does not return unless it throws.
void become_training_program(const CLI::App& command) {
  const std::string program = sibling();
  if (!std::filesystem::exists(program))
    throw IoError({.what = fmt::format("`{}` belongs to the training component, which is not built",
                                       command.get_name()),
                   .where = program,
                   .fix = "start ./nnstretch of the source tree, which installs and builds it, or "
                          "configure with -DNNSTRETCH_TRAINING=ON"});
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

void add_training(CLI::App& app) {
  add(app, "train", "Train the network of a configuration");
  add(app, "test", "Accuracy of a checkpoint, or of the .tflite that is timed");
  add(app, "supernet", "Train, score and cut networks out of an elastic one");
  add(app, "data", "Extract, convert, make and describe data sets");
}

}  // namespace nnstretch::cli
