#include "measure/governor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/pipe.h"
#include "base/sysfs.h"
#include "measure/played_sys.h"
#include "support/errors.h"

namespace nnstretch::measure {
namespace {

using namespace std::chrono_literals;
using Sys = testing::PlayedSys;

constexpr const char* kBig = "devices/system/cpu/cpu1/cpufreq/";
constexpr const char* kLittle = "devices/system/cpu/cpu0/cpufreq/";

void clocks(const Sys& sys) {
  for (const auto& [folder, now] : {std::pair(kLittle, "schedutil"), {kBig, "powersave"}}) {
    sys.write(std::string(folder) + "scaling_available_governors",
              "performance powersave schedutil");
    sys.write(std::string(folder) + "scaling_governor", now);
  }
}

std::string now(const Sys& sys, const char* folder) {
  return read_line(sys / (std::string(folder) + "scaling_governor")).value_or("");
}

TEST(Governor, IsChangedAndThenWhatItWas) {
  const Sys sys;
  clocks(sys);
  {
    const GovernorChange change("performance", {0, 1}, sys.path());
    EXPECT_EQ(now(sys, kLittle), "performance");
    EXPECT_EQ(now(sys, kBig), "performance");
  }
  EXPECT_EQ(now(sys, kLittle), "schedutil");
  EXPECT_EQ(now(sys, kBig), "powersave");
}

// By SIGKILL, which nobody can prepare for, sent to its whole group.
TEST(Governor, IsWhatItWasAfterItsProcessWasKilled) {
  const Sys sys;
  clocks(sys);
  Pipe ready = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    const GovernorChange change("performance", {0, 1}, sys.path());
    if (::write(ready.write.get(), "!", 1) == 1) ::pause();
    ::_exit(1);
  }
  ready.write.close();
  char mark = 0;
  ASSERT_EQ(::read(ready.read.get(), &mark, 1), 1);
  EXPECT_EQ(now(sys, kBig), "performance");
  ::kill(-child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const auto end = std::chrono::steady_clock::now() + 20s;
  const auto is_back = [&] {
    return now(sys, kLittle) == "schedutil" && now(sys, kBig) == "powersave";
  };
  while (!is_back() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(is_back());
}

TEST(Governor, ChangesNothingIfItCannotChangeAll) {
  const Sys sys;
  clocks(sys);
  EXPECT_ERROR(GovernorChange("turbo", {0, 1}, sys.path()), UsageError, "no governor 'turbo'",
               "performance powersave schedutil");
  EXPECT_ERROR(GovernorChange("performance", {0, 1, 7}, sys.path()), UsageError,
               "cpu7/cpufreq/scaling_governor", "leave it out");
  EXPECT_EQ(now(sys, kLittle), "schedutil");
  EXPECT_EQ(now(sys, kBig), "powersave");
}

}  // namespace
}  // namespace nnstretch::measure
