#include "train/ranks/launch.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/process.h"
#include "train/stop.h"
#include "train/train_error.h"

namespace nnstretch::train {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kGrace = std::chrono::seconds(10);
constexpr auto kLook = std::chrono::milliseconds(20);

class Family {
 public:
  ~Family() {
    for (const pid_t child : children_) {
      if (child <= 0) continue;
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

  void start(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0)
      throw TrainError({.what = fmt::format("cannot start a rank: {}", std::strerror(errno))});
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() == parent) ::execv("/proc/self/exe", arguments.data());
      ::_exit(127);
    }
    children_.push_back(child);
  }

  // Until all have ended, or the grace after the first failure is over.
  void wait() {
    for (bool told = false; running() > 0 && Clock::now() < deadline_;) {
      look();
      if (const int signal = stop_signal(); signal != 0 && !told) {
        tell(signal);
        told = true;
      }
      std::this_thread::sleep_for(kLook);
    }
    if (const int signal = stop_signal(); signal != 0 && running() == 0) throw Stopped{signal};
    if (!first_failure_.empty())
      throw TrainError({.what = first_failure_,
                        .fix = "start again: training goes on from its last checkpoint"});
  }

 private:
  // Ranks stop together, after the same step.
  void tell(int signal) const {
    for (const pid_t child : children_)
      if (child > 0) ::kill(child, signal);
  }
  size_t running() const {
    size_t count = 0;
    for (const pid_t child : children_) count += child > 0;
    return count;
  }
  void look() {
    for (size_t rank = 0; rank < children_.size(); ++rank) {
      int status = 0;
      if (children_[rank] <= 0 || ::waitpid(children_[rank], &status, WNOHANG) <= 0) continue;
      children_[rank] = 0;
      const Ended ended = ended_of(status);
      if (ended.well() || !first_failure_.empty() || stop_signal() != 0) continue;
      first_failure_ = fmt::format("rank {} of {} {}", rank, children_.size(), ended.said());
      deadline_ = Clock::now() + kGrace;
    }
  }

  std::vector<pid_t> children_;  // 0: has ended
  std::string first_failure_;
  Clock::time_point deadline_ = Clock::time_point::max();
};

}  // namespace

void launch_ranks(int world,
                  const std::function<std::vector<std::string>(int rank)>& arguments_of) {
  Family family;
  for (int rank = 0; rank < world; ++rank) {
    std::vector<std::string> words = {"nnstretch"};
    const auto given = arguments_of(rank);
    words.insert(words.end(), given.begin(), given.end());
    family.start(std::move(words));
  }
  family.wait();
}

}  // namespace nnstretch::train
