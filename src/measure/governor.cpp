#include "measure/governor.h"

#include <fmt/format.h>
#include <paths.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/process_group.h"
#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

bool has_word(const std::string& words, const std::string& word) {
  std::istringstream all(words);
  for (std::string one; all >> one;)
    if (one == word) return true;
  return false;
}

[[noreturn]] void refuse(std::string what, std::string fix) {
  throw UsageError({.what = std::move(what), .where = "`governor`", .fix = std::move(fix)});
}

// What stands there now.
std::string checked(const fs::path& file, const std::string& governor) {
  std::string why;
  const auto now = read_line(file, &why);
  if (!now) refuse("the governor of the clocks is not told: " + why, "leave it out");
  const auto known = read_line(file.parent_path() / "scaling_available_governors");
  if (known && !has_word(*known, governor))
    refuse(fmt::format("there is no governor '{}'", governor), "choose one of: " + *known);
  if (::access(file.c_str(), W_OK) != 0)
    refuse(fmt::format("{}: {}", file.string(), std::strerror(errno)),
           "only root may do that: `root` on another machine, sudo here");
  return *now;
}

// "echo schedutil >FILE" for each; names and files come from the kernel's tree, and are quoted all
// the same.
std::string putting_back(const std::map<fs::path, std::string>& before) {
  const auto quoted = [](const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
  };
  std::string script = "read nothing;";
  for (const auto& [file, governor] : before)
    script += fmt::format(" echo {} >{};", quoted(governor), quoted(file.string()));
  return script;
}

void write(const fs::path& file, const std::string& governor) {
  std::ofstream out(file);
  out << governor << "\n" << std::flush;
  if (!out) refuse(fmt::format("{}: the kernel does not take '{}'", file.string(), governor), {});
}

}  // namespace

GovernorChange::GovernorChange(const std::string& governor, const std::vector<int>& cores,
                               const fs::path& root) {
  std::map<fs::path, std::string> before;
  for (const int core : cores) {
    const fs::path file =
        root / fmt::format("devices/system/cpu/cpu{}/cpufreq/scaling_governor", core);
    before[file] = checked(file, governor);
  }
  Pipe life = make_pipe();
  keeper_ = spawn_process({.program = _PATH_BSHELL,
                           .words = {"sh", "-c", putting_back(before)},
                           .streams = {life.read.get(), kNothing, kNothing},
                           .deaf = true});
  life_ = std::move(life.write);
  try {
    for (const auto& [file, old] : before) write(file, governor);
  } catch (...) {
    life_.close();
    reap_process(keeper_);
    throw;
  }
}

GovernorChange::~GovernorChange() {
  life_.close();
  reap_process(keeper_);
}

}  // namespace nnstretch::measure
