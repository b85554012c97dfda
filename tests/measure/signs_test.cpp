// Signs from recorded counters, and what is doubted for them. Expected values are worked out by
// hand from the ticks and nanoseconds in the files.
#include "measure/signs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "measure/anchor.h"
#include "measure/doubts.h"
#include "measure/quiet.h"
#include "support/paths.h"

namespace nnstretch::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

// A copy of what /proc and /sys/fs/cgroup say.
class Recorded {
 public:
  void write(const std::string& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text;
  }
  Counters at(double seconds) const {
    Counters counters = read_counters(folder_ / "proc", folder_ / "cgroup");
    counters.at_s = seconds;
    return counters;
  }

 private:
  testing::TemporaryFolder folder_;
};

// user nice system idle iowait irq softirq steal guest guest_nice
std::string stat(const std::string& core0, const std::string& core1, const std::string& core2) {
  return "cpu  1 1 1 1 1 1 1 1 0 0\ncpu0 " + core0 + "\ncpu1 " + core1 + "\ncpu2 " + core2 +
         "\nintr 5 6\nprocs_running 3\n";
}
std::string self(int utime, int stime, int cutime, int cstime) {
  return "77 (a (very) odd name) R 1 77 77 0 -1 4194304 900 12 0 0 " + std::to_string(utime) + " " +
         std::to_string(stime) + " " + std::to_string(cutime) + " " + std::to_string(cstime) +
         " 20 0 3 0 8891 1000 200\n";
}
std::string status(int preempted) {
  return "Name:\tworker\nvoluntary_ctxt_switches:\t900\nnonvoluntary_ctxt_switches:\t" +
         std::to_string(preempted) + "\n";
}

TEST(Signs, AreExactFromRecordedCounters) {
  Recorded machine;
  machine.write("proc/stat", stat("1000 200 300 5000 100 10 20 30 400 0", "0 0 0 0 0 0 0 0 0 0",
                                  "0 0 0 0 0 0 0 0 0 0"));
  machine.write("proc/self/stat", self(50, 10, 3, 1));
  machine.write("proc/self/task/77/schedstat", "600000000 40000000 100\n");
  machine.write("proc/self/task/77/status", status(5));
  machine.write("proc/self/task/78/schedstat", "1000000000 0 100\n");  // ends
  machine.write("proc/self/cgroup", "1:cpu,cpuacct:/box/inner\n0::/box\n");
  machine.write("cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "150000\n");
  machine.write("cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  machine.write("cgroup/cpu,cpuacct/box/cpu.stat", "nr_periods 90\nnr_throttled 4\n");
  const Counters before = machine.at(100);

  // Core 0: 60 + 10 + 20 + 5 + 5 = 100 ticks busy, 6 stolen. Core 1: 90 busy. Core 2, all of it
  // busy, is not one of ours.
  machine.write("proc/stat", stat("1060 210 320 5080 110 15 25 36 430 0",
                                  "80 0 10 100 10 0 0 0 0 0", "900 0 0 0 0 0 0 0 0 0"));
  machine.write("proc/self/stat", self(75, 20, 3, 1));
  machine.write("proc/self/task/77/schedstat", "1500000000 240000000 200\n");
  machine.write("proc/self/task/77/status", status(45));
  machine.write("proc/self/task/79/schedstat", "400000000 100000000 1\n");
  machine.write("proc/self/task/79/status", status(10));
  machine.write("cgroup/cpu,cpuacct/box/cpu.stat", "nr_periods 190\nnr_throttled 11\n");
  const Signs signs = signs_between(before, machine.at(102), {0, 1});

  EXPECT_DOUBLE_EQ(signs.seconds, 2);
  // Ours: thread 77 ran 0.9 s and the new one 0.4; /proc/self/stat, 0.35, knows less of it.
  EXPECT_NEAR(signs.others.value(), (1.90 - 1.30) / 4, 1e-12);
  EXPECT_NEAR(signs.steal.value(), 0.06 / 4, 1e-12);
  EXPECT_NEAR(signs.delay.value(), 0.3 / (1.3 + 0.3), 1e-12);
  EXPECT_NEAR(signs.preempted.value(), 50 / 2.0, 1e-12);
  EXPECT_EQ(signs.throttled, 7);
  EXPECT_EQ(signs.quota, 1.5);
}

// Threads that have ended, and children that were waited for, are in /proc/self/stat only.
TEST(Signs, CountOwnTimeOfThreadsThatEndedAndOfChildren) {
  Recorded machine;
  machine.write("proc/stat", stat("0 0 0 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0"));
  machine.write("proc/self/stat", self(0, 0, 0, 0));
  machine.write("proc/self/task/77/schedstat", "0 0 0\n");
  const Counters before = machine.at(0);
  machine.write("proc/stat",
                stat("100 0 0 0 0 0 0 0 0 0", "0 0 100 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0"));
  machine.write("proc/self/stat", self(40, 30, 80, 20));
  machine.write("proc/self/task/77/schedstat", "500000000 0 0\n");
  EXPECT_NEAR(signs_between(before, machine.at(1), {0, 1}).others.value(), (2.0 - 1.7) / 2, 1e-12);
}

TEST(Signs, AreAbsentWhereTheSystemTellsNothing) {
  const Recorded nothing;
  const Signs signs = signs_between(nothing.at(1), nothing.at(2), {0, 1});
  EXPECT_FALSE(signs.others || signs.steal || signs.delay || signs.preempted);
  EXPECT_FALSE(signs.throttled || signs.quota);
  EXPECT_THAT(doubts_of(signs), IsEmpty());
}

// ---- doubts

std::vector<std::string> doubted(const Signs& signs) {
  std::vector<std::string> names;
  for (const Doubt& doubt : doubts_of(signs)) {
    EXPECT_FALSE(doubt.fix.empty()) << doubt.sign;
    names.push_back(doubt.sign);
  }
  return names;
}

TEST(Doubts, NameTheirSignAndItsValue) {
  Signs signs{.seconds = 10, .others = 0.4};
  const auto doubts = doubts_of(signs);
  ASSERT_EQ(doubts.size(), 1u);
  EXPECT_EQ(doubts[0].sign, "others");
  EXPECT_EQ(doubts[0].value, 0.4);
  signs.steal = 0.1, signs.delay = 0.3, signs.preempted = 400, signs.throttled = 3;
  signs.anchor = 1.3, signs.scatter = 4, signs.over_bound = 0.7, signs.split_tax = 0.5;
  signs.waited_s = 30, signs.was_free = false;
  EXPECT_THAT(doubted(signs),
              ElementsAre("others", "steal", "delay", "preempted", "waited_s", "scatter", "anchor",
                          "over_bound", "split_tax", "throttled"));
}

// Whatever else: below 1 % of others' time, without steal, the median near the minimum.
TEST(Doubts, AreNoneOfACalmMachine) {
  const Signs calm{.seconds = 1,
                   .others = 0.0099,
                   .steal = 0,
                   .delay = 0.5,
                   .preempted = 1000,
                   .throttled = 0,
                   .quota = 1.5,
                   .anchor = 2,
                   .scatter = 1.049,
                   .over_bound = 0.9,
                   .split_tax = 3,
                   .waited_s = 3,
                   .was_free = false};
  EXPECT_THAT(doubted(calm), IsEmpty());
  for (const auto change :
       {+[](Signs& signs) { signs.others = 0.011; }, +[](Signs& signs) { signs.steal = 0.001; },
        +[](Signs& signs) { signs.scatter = 1.06; }}) {
    Signs signs = calm;
    change(signs);
    EXPECT_THAT(doubted(signs),
                ElementsAre("delay", "preempted", "waited_s", "anchor", "over_bound", "split_tax"));
  }
  Signs stopped = calm;
  stopped.throttled = 1;
  EXPECT_THAT(doubted(stopped), ElementsAre("throttled"));
}

// In a tenth of a second each of two cores has ten ticks, and two of them may be anybody's.
TEST(Doubts, OfOthersNeedMoreThanAFewTicks) {
  EXPECT_THAT(doubted({.seconds = 0.1, .others = 0.19}), IsEmpty());
  EXPECT_THAT(doubted({.seconds = 0.1, .others = 0.21}), ElementsAre("others"));
  EXPECT_THAT(doubted({.seconds = 10, .others = 0.021}), ElementsAre("others"));
  EXPECT_THAT(doubted({.seconds = 10, .others = 0.019}), IsEmpty());
}

// ---- waiting

// A machine on which somebody else is busy until `until`; time passes when somebody sleeps.
Passing busy_until(double until, std::shared_ptr<double> clock = std::make_shared<double>(0)) {
  Passing passing;
  passing.sleep = [clock](double seconds) { *clock += seconds; };
  passing.now = [clock, until] {
    return Counters{.at_s = *clock, .cores = {{0, {.busy = std::min(*clock, until)}}, {1, {}}}};
  };
  return passing;
}

TEST(Quiet, WaitsUntilNobodyElseIsBusy) {
  const Waited waited = wait_until_free({0, 1}, 60, busy_until(4.5));
  EXPECT_TRUE(waited.free);
  EXPECT_DOUBLE_EQ(waited.seconds, 6);  // the sixth second is the first that is free
}

TEST(Quiet, GoesOnAfterTheTimeThatItWasGiven) {
  const Waited waited = wait_until_free({0, 1}, 3, busy_until(1000));
  EXPECT_FALSE(waited.free);
  EXPECT_DOUBLE_EQ(waited.seconds, 3);
}

// ---- the anchor

TEST(Anchor, DriftsNotWithoutASecondTime) {
  Anchor anchor({});
  EXPECT_FALSE(anchor.drift());
  anchor.time();
  EXPECT_FALSE(anchor.drift());
  anchor.time();
  EXPECT_GE(anchor.drift().value(), 1);
}

}  // namespace
}  // namespace nnstretch::measure
