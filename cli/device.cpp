#include "cli/device.h"

#include <algorithm>

#include "base/error.h"

namespace nnstretch::cli {

std::vector<remote::Target> Elsewhere::targets() const {
  if (common.root && no_root)
    throw UsageError(
        {.what = "--root and --no_root contradict each other", .fix = "leave one of them out"});
  std::vector<remote::Target> all;
  for (const std::string& serial : serials) all.emplace_back(common).serial = serial;
  for (const std::string& board : boards) all.emplace_back(common).ssh = board;
  if (all.empty()) all.push_back(common);
  if (!serials.empty() && !boards.empty()) all[0].ssh = boards[0];  // which is refused
  if (std::ranges::count_if(all, &remote::Target::given)) return all;
  if (no_root || clean)
    throw UsageError({.what = "there is no other machine that it could concern",
                      .where = no_root ? "--no_root" : "--clean",
                      .fix = "say --adb, --serial or --ssh too"});
  return {};
}

remote::Target Elsewhere::target() const {
  const auto all = targets();
  if (all.size() == 1) return all[0];
  throw UsageError({.what = "several machines are named",
                    .where = serials.empty() ? "--ssh" : "--serial",
                    .fix = "name one: `run` alone takes several"});
}

namespace {

// An empty word, of a variable that is not set, would mean this machine.
std::string is_said(const std::string& word) { return word.empty() ? "it names no machine" : ""; }

constexpr const char* kGroup = "On another machine (docs/phones.md)";

}  // namespace

void add_elsewhere(CLI::App& command, Elsewhere& elsewhere) {
  remote::Target& target = elsewhere.common;
  const auto add = [&](const char* name, auto& value, const char* help) {
    return command.add_option(name, value, help)->group(kGroup);
  };
  const auto add_flag = [&](const char* name, bool& value, const char* help) {
    command.add_flag(name, value, help)->group(kGroup);
  };
  add_flag("--adb", target.adb, "run on a phone, by adb");
  add("--serial", elsewhere.serials, "run on this phone, as `adb devices` names it")
      ->type_name("SERIAL")
      ->allow_extra_args(false)
      ->check(is_said);
  add("--adb_host", target.adb_host, "where the adb server is (default: here)")->type_name("HOST");
  add("--adb_port", target.adb_port, "of the adb server (default: 5037)")
      ->check(CLI::Range(1, 65535));
  add("--ssh", elsewhere.boards, "run on a board or PC: anything that `ssh` takes, as pi@board")
      ->type_name("DEST")
      ->allow_extra_args(false)
      ->check(is_said);
  add("--device_tmp_dir", target.device_tmp_dir,
      "where our folder lies there (default: /data/local/tmp; with --ssh the user's cache)");
  add_flag("--root", target.root, "run as root there: `su -c`, with --ssh `sudo -n`");
  add_flag("--no_root", elsewhere.no_root, "run as the user there, which is the default");
  command
      .add_option_function<int>(
          "--device_timeout",
          [&target](int seconds) { target.device_timeout = std::chrono::seconds(seconds); },
          "seconds without a word from there after which a job is ended (default: 120); a job "
          "says one every ten")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000))
      ->group(kGroup);
  add("--device_bundle", target.device_bundle,
      "folder of the program for that machine (default: scripts/bundle makes it)")
      ->type_name("FOLDER");
  add_flag("--clean", elsewhere.clean, "leave nothing of ours there");
}

remote::Device device_with_program(const remote::Target& target, const OnStep& say) {
  remote::Device device(remote::reach(target), target);
  device.bring_bundle(say);
  return device;
}

}  // namespace nnstretch::cli
