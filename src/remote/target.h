// Which other machine is meant, as people say it: one value behind the flags of every command.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "remote/transport.h"

namespace nnstretch::remote {

struct Target {
  bool adb = false;
  std::string serial = {};    // of a phone; any word means `adb`
  std::string adb_host = {};  // of the adb server
  int adb_port = 0;
  std::string ssh = {};             // whom to connect to
  std::string device_tmp_dir = {};  // there; empty: the transport's usual one
  bool root = false;                // the program runs as root there
  std::optional<std::chrono::seconds> device_timeout = {};  // of silence; 120 unless it is said
  bool held = false;                         // whoever started this process keeps others from it
  std::filesystem::path device_bundle = {};  // empty: the one that is made for such machines

  // Whether any machine but this one is meant. UsageError if two are, or if what is said belongs to
  // one that is not.
  bool given() const;
};

// UsageError, or IoError if it is not there.
std::unique_ptr<Transport> reach(const Target& target);

}  // namespace nnstretch::remote
