#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/pipe.h"
#include "base/process_group.h"
#include "base/process_streams.h"

namespace nnstretch {
namespace {

using Clock = std::chrono::steady_clock;
using Why = Ended::Why;

int timeout_until(Clock::time_point due) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      std::min<Clock::duration>(due - Clock::now(), std::chrono::hours(1)));
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

}  // namespace

class Process::Child {
 public:
  explicit Child(Command command) : command_(std::move(command)) {
    if (command_.words.empty())
      throw UsageError({.what = "there is no command to start", .fix = "give its words"});
    if (command_.program.empty()) command_.program = command_.words[0];
    ::fcntl(wake_.read.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(wake_.write.get(), F_SETFL, O_NONBLOCK);
    start();
    limit_at_ = from_now(command_.limit);
    silence_at_ = from_now(command_.silence);
    wait_for_the_end();
  }

  ~Child() {
    if (!waiter_.joinable()) return;
    group_.signal(SIGKILL);
    waiter_.join();
  }

  Ended wait() {
    while (!has_ended_) {
      stop_if_due();
      look();
    }
    waiter_.join();
    group_.end();
    for (OutputLines& lines : outputs_) lines.finish();
    if (!status_)
      throw IoError({.what = "has ended, but not how: another part of this program took its status",
                     .where = command_.program,
                     .fix = "do not ignore SIGCHLD"});
    Ended ended = ended_of(*status_);
    ended.why = why_;
    if (why_ == Why::limit) ended.after = *command_.limit;
    if (why_ == Why::silence) ended.after = *command_.silence;
    return ended;
  }

  void cancel() noexcept {
    cancelled_ = true;
    wake();
  }

 private:
  static Clock::time_point from_now(std::optional<Command::Time> time) {
    return time ? Clock::now() + *time : Clock::time_point::max();
  }

  // An output of the child: a pipe that is read here, or the standard error of this process.
  int output(const Command::OnLine& reader, bool by_line, std::vector<Descriptor>& of_child) {
    if (!reader) return ::fcntl(STDERR_FILENO, F_GETFD) < 0 ? kNothing : STDERR_FILENO;
    Pipe pipe = make_pipe();
    outputs_.emplace_back(reader, std::move(pipe.read), by_line);
    of_child.push_back(std::move(pipe.write));
    return of_child.back().get();
  }

  void start() {
    std::vector<Descriptor> of_child;  // closed here once it has them
    Pipe input = make_pipe();
    const int out = output(command_.on_stdout, command_.stdout_by_line, of_child);
    const int err = output(command_.on_stderr, /*by_line=*/true, of_child);
    child_ = spawn_process({.program = command_.program,
                            .words = command_.words,
                            .streams = {input.read.get(), out, err},
                            .group = group_.number()});
    feed_.emplace(std::move(command_.input), command_.hold_input, std::move(input.write));
  }

  void wait_for_the_end() try {
    waiter_ = std::thread([this] {
      status_ = reap_process(child_);
      has_ended_ = true;
      wake();
    });
  } catch (const std::system_error& error) {
    group_.end();
    reap_process(child_);
    throw IoError({.what = fmt::format("cannot be waited for: {}", error.what()),
                   .where = command_.program,
                   .fix = "raise the limit of processes and threads (ulimit -u)"});
  }

  void stop_if_due() {
    const auto now = Clock::now();
    if (why_ != Why::itself) {
      if (now < kill_at_) return;
      group_.signal(SIGKILL);
      kill_at_ = Clock::time_point::max();
      return;
    }
    if (cancelled_)
      why_ = Why::cancel;
    else if (now >= limit_at_)
      why_ = Why::limit;
    else if (now >= silence_at_)
      why_ = Why::silence;
    else
      return;
    group_.signal(SIGTERM);
    kill_at_ = now + command_.grace;
  }

  // Waits for the next thing to happen and attends to it.
  void look() {
    const auto due = why_ == Why::itself ? std::min(limit_at_, silence_at_) : kill_at_;
    std::vector<pollfd> ends = {{wake_.read.get(), POLLIN, 0}, {feed_->descriptor(), POLLOUT, 0}};
    for (const OutputLines& lines : outputs_) ends.push_back({lines.descriptor(), POLLIN, 0});
    if (::poll(ends.data(), ends.size(), timeout_until(due)) <= 0) return;
    char ignored[64];
    if (ends[0].revents) [[maybe_unused]]
      const auto count = ::read(wake_.read.get(), ignored, sizeof ignored);
    if (ends[1].revents) feed_->write();
    for (size_t i = 0; i < outputs_.size(); ++i)
      if (ends[i + 2].revents && outputs_[i].read() > 0) silence_at_ = from_now(command_.silence);
  }

  void wake() noexcept {
    const int error = errno;
    [[maybe_unused]] const auto count = ::write(wake_.write.get(), "", 1);
    errno = error;
  }

  Command command_;
  Pipe wake_ = make_pipe();
  ProcessGroup group_;
  std::optional<InputFeed> feed_;
  std::vector<OutputLines> outputs_;
  pid_t child_ = 0;
  std::thread waiter_;         // reaps the child
  std::optional<int> status_;  // written before has_ended_
  std::atomic<bool> has_ended_ = false, cancelled_ = false;
  Why why_ = Why::itself;
  Clock::time_point limit_at_, silence_at_, kill_at_;
};

std::string Ended::said() const {
  const double seconds = std::chrono::duration<double>(after).count();
  if (why == Why::limit) return fmt::format("had not ended after {:g} s and was ended", seconds);
  if (why == Why::silence) return fmt::format("said nothing for {:g} s and was ended", seconds);
  if (why == Why::cancel) return "was cancelled";
  if (signal != 0) return fmt::format("was ended by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("ended with status {}", status);
}

std::filesystem::path this_program() try {
  return std::filesystem::read_symlink("/proc/self/exe");
} catch (const std::filesystem::filesystem_error& error) {
  throw IoError({.what = error.code().message(), .where = "/proc/self/exe"});
}

Ended ended_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {.signal = WTERMSIG(wait_status)};
  return {.status = WEXITSTATUS(wait_status)};
}

Process::Process(Command command) : child_(std::make_unique<Child>(std::move(command))) {}
Process::~Process() = default;
Ended Process::wait() { return child_->wait(); }
void Process::cancel() noexcept { child_->cancel(); }

}  // namespace nnstretch
