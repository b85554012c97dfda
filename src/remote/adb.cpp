#include "remote/adb.h"

#include <fmt/format.h>

#include "base/error.h"
#include "remote/end_line.h"

namespace nnstretch::remote {
namespace {

constexpr std::chrono::seconds kAnswer(30);  // the first command may start the server
constexpr std::string_view kCut =
    "see whether it is plugged in, then run it again: what is done stays";

}  // namespace

Adb::Adb(Address address) : address_(std::move(address)), name_("adb") {
  if (!address_.serial.empty()) name_ += " " + address_.serial;
  done(adb({"get-state"}), kAnswer);
  std::string serial = done(adb({"get-serialno"}), kAnswer);
  serial.erase(serial.find_last_not_of("\r\n") + 1);
  name_ = "adb " + serial;
  address_.serial = std::move(serial);  // whoever comes and goes beside it
  raw_ = done(adb({"features"}), kAnswer).find("shell_v2") != std::string::npos;
}

std::vector<std::string> Adb::adb(std::initializer_list<std::string> words) const {
  std::vector<std::string> all = {"adb"};
  if (!address_.host.empty()) all.insert(all.end(), {"-H", address_.host});
  if (address_.port > 0) all.insert(all.end(), {"-P", std::to_string(address_.port)});
  if (!address_.serial.empty()) all.insert(all.end(), {"-s", address_.serial});
  all.insert(all.end(), words);
  return all;
}

std::vector<std::string> Adb::words(const std::string& command) const {
  return raw_ ? adb({"shell", "-T", command}) : adb({"shell", command});
}

std::string Adb::for_root(const std::string& command) const {
  return "su -c " + shell_word(command);
}

void Adb::push(const std::filesystem::path& from, const std::string& to, Errand::Time limit) const {
  done(adb({"push", from.string(), to}), limit);
}

void Adb::pull(const std::string& from, const std::filesystem::path& to, Errand::Time limit) const {
  done(adb({"pull", from, to.string()}), limit);
}

Transport::Cause Adb::cause(const Ended& ended, const std::string& said) const {
  static constexpr Remedy kRemedies[] = {
      {"more than one device", "name one with `serial`: `adb devices` shows them", true},
      {"no devices", "plug it in and allow USB debugging on it, or `adb connect HOST:PORT`"},
      {"unauthorized", "say on its screen that this computer may debug it"},
      {"still authorizing", "say on its screen that this computer may debug it"},
      {"offline", "plug it in anew; one of the network: `adb disconnect`, then `adb connect`"},
      {"still connecting", "wait a moment; one of the network: `adb connect HOST:PORT`"},
      {"not found", "`adb devices` shows those that are there; one of the network: `adb connect`"},
      {"cannot connect to daemon", "see whether the adb server runs there: `adb_host`, `adb_port`"},
      {"No space left", "make room there, or name another folder with `device_tmp_dir`"},
      {"error: closed", kCut},
      {"error: ", ""},
  };
  Cause cause = cause_in(said, kRemedies);
  for (const std::string_view prefix : {"adb: ", "error: "})
    if (cause.what.starts_with(prefix)) cause.what.erase(0, prefix.size());
  if (ended.why != Ended::Why::itself) cause.what = "`adb` " + ended.said();
  if (cause.what.empty())
    cause = {.what = "the connection ended before the command did", .fix = std::string(kCut)};
  return cause;
}

}  // namespace nnstretch::remote
