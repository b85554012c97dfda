#include "base/process_group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <paths.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace nnstretch {
namespace {

std::string remedy(int error) {
  if (error == ENOENT) return "install it, or put its folder into $PATH";
  if (error == EACCES) return "it must be a program that may be started";
  return "";
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

pid_t spawn_process(ProcessStart start) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int number = 0; number < 3; ++number)
    if (const int from = start.streams[static_cast<size_t>(number)]; from == kNothing)
      ::posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0);
    else
      ::posix_spawn_file_actions_adddup2(&actions, from, number);

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t blocked, usual;
  start.deaf ? ::sigfillset(&blocked) : ::sigemptyset(&blocked);
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);  // this process may ignore it
  ::posix_spawnattr_setsigmask(&attributes, &blocked);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setpgroup(&attributes, start.group);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  pid_t child = 0;
  const int error = ::posix_spawnp(&child, start.program.c_str(), &actions, &attributes,
                                   pointers(start.words).data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw IoError({.what = fmt::format("cannot be started: {}", std::strerror(error)),
                   .where = start.program,
                   .fix = remedy(error)});
  return child;
}

std::optional<int> reap_process(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return std::nullopt;
  return status;
}

ProcessGroup::ProcessGroup() {
  Pipe life = make_pipe();
  watcher_ = spawn_process({.program = _PATH_BSHELL,
                            .words = {"sh", "-c", "read nothing; kill -KILL 0"},
                            .streams = {life.read.get(), kNothing, kNothing},
                            .deaf = true});
  life_ = std::move(life.write);
}

void ProcessGroup::signal(int signal) const { ::kill(-watcher_, signal); }

void ProcessGroup::end() {
  if (watcher_ == 0) return;
  signal(SIGKILL);
  reap_process(watcher_);
  watcher_ = 0;
}

}  // namespace nnstretch
