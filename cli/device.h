// The flags of other machines: one meaning in all commands.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/log.h"
#include "remote/device.h"

namespace nnstretch::cli {

struct Elsewhere {
  remote::Target common;                     // but for which machine it is
  std::vector<std::string> serials, boards;  // of `serial` and `ssh`
  bool no_root = false, clean = false;

  // Those that are meant; none: this machine. UsageError for flags that contradict each other.
  std::vector<remote::Target> targets() const;
  bool given() const { return !targets().empty(); }
  // The one that is meant. UsageError if several are.
  remote::Target target() const;
};

// --adb --serial --adb_host --adb_port --ssh --device_tmp_dir --root --no_root --device_timeout
// --device_bundle --clean
void add_elsewhere(CLI::App& command, Elsewhere& elsewhere);

// The machine with the program on it; what is pushed is told on standard error.
remote::Device device_with_program(const remote::Target& target, const OnStep& say = {});

}  // namespace nnstretch::cli
