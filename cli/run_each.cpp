#include "cli/run_each.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "base/log.h"
#include "base/process.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

struct Run {
  std::string machine, output;
  bool well = false;
};

void wait_for(Run& run, std::vector<std::string> words) try {
  Command command{.words = std::move(words), .program = this_program()};
  command.on_stdout = [&](std::string_view line) { run.output.append(line) += '\n'; };
  command.on_stderr = [&](std::string_view line) { log::info("{}: {}", run.machine, line); };
  run.well = Process(std::move(command)).wait().well();
} catch (const std::exception& error) {
  log::warn("{}: {}", run.machine, error.what());
}

}  // namespace

std::vector<std::string> with_flags_of_run(std::vector<std::string> words,
                                           const std::vector<std::string>& flags) {
  words.insert(std::next(std::find(words.begin() + 1, words.end(), "run")), flags.begin(),
               flags.end());
  return words;
}

size_t run_each(const std::vector<std::string>& words, const std::vector<std::string>& machines) {
  std::vector<Run> runs;
  for (const std::string& machine : machines) runs.push_back({.machine = machine, .output = {}});
  {
    std::vector<std::jthread> waiting;
    for (size_t i = 0; i < runs.size(); ++i)
      waiting.emplace_back([&, i] {
        wait_for(runs[i], with_flags_of_run(words, {fmt::format("--only={}", i + 1)}));
      });
  }
  for (const Run& run : runs) report::write_out(run.output);
  return static_cast<size_t>(
      std::count_if(runs.begin(), runs.end(), [](const Run& run) { return !run.well; }));
}

}  // namespace nnstretch::cli
