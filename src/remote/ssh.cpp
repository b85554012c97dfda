#include "remote/ssh.h"

#include <fmt/format.h>

#include "remote/end_line.h"

namespace nnstretch::remote {
namespace {

constexpr std::string_view kCut = "run it again: what is done stays";

}  // namespace

Ssh::Ssh(std::string destination)
    : destination_(std::move(destination)), name_("ssh " + destination_) {}

Ssh::~Ssh() {
  if (!std::filesystem::exists(control_ / "shared")) return;
  auto words = ssh({"-O", "exit"});
  words.insert(words.end(), {"--", destination_});
  try {  // else the connection ends by itself a minute later
    Process({.words = words,
             .on_stdout = [](std::string_view) {},
             .on_stderr = [](std::string_view) {},
             .limit = std::chrono::seconds(5)})
        .wait();
  } catch (const std::exception&) {}
}

// Asks nothing, and notices within twenty seconds that nobody answers.
std::vector<std::string> Ssh::ssh(std::initializer_list<std::string> options) const {
  std::vector<std::string> words = {"ssh", "-T"};
  const auto add = [&](const std::string& option) { words.insert(words.end(), {"-o", option}); };
  for (const char* option :
       {"BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3"})
    add(option);
  const std::string shared = control_ / "shared";
  if (shared.size() < 85) {  // ssh adds 17 to the name of a socket, which has 107 at most
    add("ControlMaster=auto");
    add("ControlPersist=60");
    add("ControlPath=" + shared);
  }
  words.insert(words.end(), options);
  return words;
}

// The login shell may be any.
std::vector<std::string> Ssh::words(const std::string& command) const {
  auto words = ssh({});
  words.insert(words.end(), {"--", destination_, "exec sh -c " + shell_word(command)});
  return words;
}

std::string Ssh::for_root(const std::string& command) const {
  return "sudo -n sh -c " + shell_word(command);
}

Transport::Cause Ssh::cause(const Ended& ended, const std::string& said) const {
  static constexpr Remedy kRemedies[] = {
      {"Host key verification failed",
       "connect once by hand with `ssh` and look at the key of the host"},
      {"Permission denied (", "give the machine your key: `ssh-copy-id`"},
      {"Could not resolve hostname", "see whether the name is right, also in ~/.ssh/config"},
      {"Connection refused", "see whether its ssh server runs, and on which port"},
      {"No route to host", "see whether it is on the network"},
      {"timed out", "see whether it is on the network"},
      {"not responding", kCut},
      {"Connection reset", kCut},
      {"closed", kCut},
      {"Broken pipe", kCut},
      {"ssh: ", ""},
  };
  if (ended.why != Ended::Why::itself)
    return {.what = "`ssh` " + ended.said(), .fix = "see whether it is on the network"};
  Cause cause = cause_in(said, kRemedies);
  if (cause.what.empty())
    cause = {.what = "the connection ended before the command did", .fix = std::string(kCut)};
  return cause;
}

}  // namespace nnstretch::remote
