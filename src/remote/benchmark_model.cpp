#include "remote/benchmark_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "plan/placing.h"

namespace nnstretch::remote {
namespace {

[[noreturn]] void fail(const BenchmarkModel& tool, std::string what, std::string_view fix) {
  throw EngineError({.what = std::move(what), .where = tool.model, .fix = std::string(fix)});
}

// What the tool says of a failure. It may go on after it, and end well.
struct Refusal {
  std::string_view says, fix;
};
constexpr std::string_view kOtherBuild = "take a build of the tool that has what is asked for";
constexpr std::string_view kSeeBefore = "run the command by hand to see all that it says";
constexpr std::array<Refusal, 6> kRefusals = {{
    {"Could not create Hexagon delegate",
     "put libhexagon_interface.so and libhexagon_nn_skel*.so beside the tool; they must know this "
     "DSP"},
    {"Could not create", kOtherBuild},
    {"Failed to create", kOtherBuild},
    {"Failed to apply",
     "the device or its driver refuses the network: take a configuration without it"},
    {"Unconsumed cmdline flags", kOtherBuild},
    {"Benchmarking failed", kSeeBefore},
}};

void refuse_failures(const std::vector<std::string>& lines, const BenchmarkModel& tool) {
  for (const std::string& line : lines)
    for (const Refusal& refusal : kRefusals)
      if (const size_t at = line.find(refusal.says); at != line.npos)
        fail(tool, fmt::format("`{}` says '{}'", tool.program, line.substr(at)), refusal.fix);
}

// Of a crash, where it was.
std::string last_said(const std::vector<std::string>& lines) {
  const auto said = [](const std::string& line) { return !line.empty(); };
  const auto last = std::find_if(lines.rbegin(), lines.rend(), said);
  return last == lines.rend() ? "it said nothing" : fmt::format("it last said '{}'", *last);
}

// The number after a key that is a word of its own: 32687 of "min=32687".
std::optional<double> number_after(std::string_view line, std::string_view key) {
  constexpr std::string_view kBefore = " :", kAfter = " (,\r";
  const size_t at = line.find(key);
  if (at == line.npos || (at > 0 && kBefore.find(line[at - 1]) == kBefore.npos)) return {};
  const char *begin = line.data() + at + key.size(), *last = line.data() + line.size();
  double number = 0;
  const auto [end, error] = std::from_chars(begin, last, number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return {};
  if (end != last && kAfter.find(*end) == kAfter.npos) return {};
  return number;
}

// "count=50 first=33228 curr=33130 min=32687 max=33239 avg=33071.8 std=129"; of one run, and of
// runs that took the same time, "count=1 curr=33130". Nothing of a line that was cut off.
std::optional<BenchmarkTime> time_in(std::string_view line) {
  const auto count = number_after(line, "count="), curr = number_after(line, "curr=");
  if (!count || !curr || *count < 1 || *count > 1e9) return {};
  BenchmarkTime time{.count = static_cast<size_t>(*count), .min = *curr, .mean = *curr};
  if (line.find("first=") == line.npos) return time;
  const auto min = number_after(line, "min="), mean = number_after(line, "avg=");
  time.std = number_after(line, "std=");
  if (!min || !mean || !time.std || *min > *mean) return {};
  time.min = *min;
  time.mean = *mean;
  return time;
}

class Output {
 public:
  explicit Output(const BenchmarkModel& tool) : tool_(tool) {}

  void read(std::string_view line) {
    if (line.find("(bytes): ") != line.npos)
      return;  // what operators hold, counted in the same words
    if (const size_t at = line.find("Timings (microseconds): "); at != line.npos)
      read_operators(line.substr(at));
    else if (const size_t begin = beginning(line, "count="); begin != line.npos)
      runs_.push_back(checked(line.substr(begin)));
    else if (line.find(" footprint ") != line.npos)
      times_.memory_mb = number_after(line, "overall=");
    else if (const size_t power = line.find("#Power (moving): "); power != line.npos)
      times_.power_w = number_after(line.substr(power), "#Power (moving): ");
  }

  BenchmarkTimes times(const std::vector<std::string>& lines) && {
    if (runs_.size() < 2)
      fail(tool_, fmt::format("`{}` printed no latency; {}", tool_.program, last_said(lines)),
           "its output may be cut off: run it again");
    times_.warmup = runs_[0];
    times_.latency = operators_.value_or(runs_[1]);
    times_.of_operators = operators_.has_value();
    if (times_.latency.min <= 0)
      fail(tool_, fmt::format("`{}` measured 0 us", tool_.program),
           "the network is shorter than a microsecond: time it another way");
    return times_;
  }

 private:
  // Where it stands in a line that begins with it, after what a log puts before its lines; else
  // npos.
  static size_t beginning(std::string_view line, std::string_view word) {
    const size_t at = line.find(word);
    return at == 0 || (at != line.npos && line.substr(0, at).ends_with(": ")) ? at : line.npos;
  }

  // The profile of the start comes first, of which each part ran once.
  void read_operators(std::string_view line) {
    if (operators_ || line.find("first=") == line.npos) return;
    operators_ = checked(line);
  }

  BenchmarkTime checked(std::string_view line) const {
    if (const auto time = time_in(line)) return *time;
    fail(tool_, fmt::format("`{}` printed no time that can be read: '{}'", tool_.program, line),
         "its output may be cut off: run it again");
  }

  const BenchmarkModel& tool_;
  std::vector<BenchmarkTime> runs_;  // the warm-up, the runs
  std::optional<BenchmarkTime> operators_;
  BenchmarkTimes times_;
};

}  // namespace

std::vector<std::string> words_of(const BenchmarkModel& tool) {
  const auto names = [&](std::string_view role) {
    return std::ranges::find(tool.roles, role) != tool.roles.end();
  };
  std::vector<plan::Option> options = {{"graph", tool.model},
                                       {"num_threads", std::to_string(tool.num_threads)},
                                       {"warmup_runs", std::to_string(tool.warmup_runs)},
                                       {"num_runs", std::to_string(tool.num_runs)},
                                       {"warmup_min_secs", "0"},
                                       {"min_secs", "0"},
                                       {"use_xnnpack", "false"},
                                       {"enable_op_profiling", "true"}};
  const auto add = [&](const char* name, std::string value) {
    options.push_back({name, std::move(value)});
  };
  if (names("dsp")) add("use_hexagon", "true");
  if (names("dsp")) add("hexagon_powersave_level", std::to_string(tool.powersave_level));
  if (names("dsp") && !tool.hexagon_lib_path.empty())
    add("hexagon_lib_path", tool.hexagon_lib_path);
  if (names("gpu")) add("use_gpu", "true");
  if (names("dsp") || names("gpu")) add("max_delegated_partitions", "100");
  std::vector<std::string> words;
  if (!tool.core_affinity.empty()) words = {"taskset", tool.core_affinity};
  words.push_back(tool.program);
  for (std::string& word : plan::words_of(options)) words.push_back(std::move(word));
  return words;
}

BenchmarkTimes parse_benchmark_output(const std::vector<std::string>& lines, const Ended& ended,
                                      const BenchmarkModel& tool) {
  refuse_failures(lines, tool);
  if (!ended.well())
    fail(tool, fmt::format("`{}` {}; {}", tool.program, ended.said(), last_said(lines)),
         kSeeBefore);
  Output output(tool);
  for (const std::string& line : lines) output.read(line);
  return std::move(output).times(lines);
}

BenchmarkTimes time_by(const BenchmarkModel& tool, const RunWords& run) {
  std::vector<std::string> lines;
  const Ended ended = run(words_of(tool), [&](std::string_view line) { lines.emplace_back(line); });
  return parse_benchmark_output(lines, ended, tool);
}

}  // namespace nnstretch::remote
