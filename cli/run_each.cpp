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
  int code = 1;
};

void wait_for(Run& run, std::vector<std::string> words) try {
  Command command{.words = std::move(words), .program = this_program()};
  command.on_stdout = [&](std::string_view line) { run.output.append(line) += '\n'; };
  command.on_stderr = [&](std::string_view line) { log::info("{}: {}", run.machine, line); };
  const Ended ended = Process(std::move(command)).wait();
  if (ended.why == Ended::Why::itself && !ended.signal) run.code = ended.status;
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

int run_each(const std::vector<std::string>& words, const std::vector<std::string>& machines) {
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
  const auto all = [&](std::initializer_list<int> codes) {
    return std::ranges::all_of(
        runs, [&](const Run& run) { return std::ranges::find(codes, run.code) != codes.end(); });
  };
  return all({0}) ? 0 : all({0, 2}) ? 2 : 1;
}

}  // namespace nnstretch::cli
