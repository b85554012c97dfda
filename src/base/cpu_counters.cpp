#include "base/cpu_counters.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/sysfs.h"

namespace nnstretch {
namespace {

double tick_s() {
  const long ticks = ::sysconf(_SC_CLK_TCK);
  return ticks > 0 ? 1.0 / static_cast<double>(ticks) : 0.01;
}

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::vector<int64_t> numbers_in(const std::string& line) {
  std::istringstream in(line);
  std::vector<int64_t> numbers;
  for (int64_t number = 0; in >> number;) numbers.push_back(number);
  return numbers;
}

int64_t preempted(const std::filesystem::path& status) {
  std::ifstream file(status);
  for (std::string word; file >> word;)
    if (int64_t count = 0; word == "nonvoluntary_ctxt_switches:" && file >> count) return count;
  return 0;
}

}  // namespace

std::map<int, CoreTime> core_times(const std::filesystem::path& proc) {
  // cpuN user nice system idle iowait irq softirq steal ...; guests are part of user.
  constexpr size_t kIdle = 3, kIoWait = 4, kSteal = 7;
  std::map<int, CoreTime> cores;
  std::ifstream stat(proc / "stat");
  for (std::string line; std::getline(stat, line);) {
    const size_t blank = line.find(' ');
    if (!line.starts_with("cpu") || blank == line.npos) continue;
    const auto core = number_of(std::string_view(line).substr(3, blank - 3));
    const auto ticks = numbers_in(line.substr(blank));
    if (!core || ticks.size() <= kSteal) continue;  // the sum of all, or a very old kernel
    int64_t busy = 0;
    for (size_t i = 0; i < kSteal; ++i)
      if (i != kIdle && i != kIoWait) busy += ticks[i];
    cores[*core] = {.busy = static_cast<double>(busy) * tick_s(),
                    .stolen = static_cast<double>(ticks[kSteal]) * tick_s()};
  }
  return cores;
}

std::map<int, ThreadTime> thread_times(const std::filesystem::path& proc) {
  std::map<int, ThreadTime> threads;
  const auto tasks = proc / "self/task";
  for (const std::string& name : names_in(tasks)) {
    const auto thread = number_of(name);
    const auto line = read_line(tasks / name / "schedstat");
    const auto ns = line ? numbers_in(*line) : std::vector<int64_t>();
    if (!thread || ns.size() < 2) continue;
    threads[*thread] = {.ran = static_cast<double>(ns[0]) * 1e-9,
                        .waited = static_cast<double>(ns[1]) * 1e-9,
                        .preempted = preempted(tasks / name / "status")};
  }
  return threads;
}

std::optional<double> process_time(const std::filesystem::path& proc) {
  // Behind the name, which may hold anything and ends with ')': state, and from the 12th on utime,
  // stime, cutime, cstime.
  constexpr size_t kFirst = 10, kCount = 4;
  const auto line = read_line(proc / "self/stat");
  const size_t name_end = line ? line->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos || line->size() < name_end + 4) return std::nullopt;
  const auto numbers = numbers_in(line->substr(name_end + 3));
  if (numbers.size() < kFirst + kCount) return std::nullopt;
  int64_t ticks = 0;
  for (size_t i = kFirst; i < kFirst + kCount; ++i) ticks += numbers[i];
  return static_cast<double>(ticks) * tick_s();
}

}  // namespace nnstretch
