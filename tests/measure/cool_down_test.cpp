#include <cstdint>

#include "measure/cool_down.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "measure/played_sys.h"
#include "support/errors.h"

namespace nnstretch::measure {
namespace {

using Sys = testing::PlayedSys;

// A zone that has so many degrees, and loses `per_s` of them each second that is slept.
struct Falling {
  Sys sys;
  double degrees, per_s, slept = 0;
  Falling(double begin, double falls) : degrees(begin), per_s(falls) { write(); }
  void write() {
    sys.write("class/thermal/thermal_zone0/temp", 20000);
    sys.write("class/thermal/thermal_zone1/temp", static_cast<int64_t>(degrees * 1000));
  }
  Cooled wait(const std::string& words) {
    return cool_down(cool_down_of(words), sys.path(), [this](double seconds) {
      slept += seconds;
      degrees -= per_s * seconds;
      write();
    });
  }
};

TEST(CoolDown, WaitsUntilTheHottestZoneHasFallen) {
  Falling zone(48, 0.5);
  const Cooled cooled = zone.wait("40C");
  EXPECT_DOUBLE_EQ(zone.slept, 16);
  EXPECT_DOUBLE_EQ(cooled.seconds, 16);
  EXPECT_DOUBLE_EQ(cooled.hottest_c.value(), 40);
  EXPECT_FALSE(cooled.above_c);
}

TEST(CoolDown, DoesNotWaitForWhatIsCool) {
  Falling zone(39.9, 0);
  EXPECT_EQ(zone.wait("40C").seconds, 0);
  EXPECT_EQ(zone.slept, 0);
}

TEST(CoolDown, GivesUpAtItsLimitAndSaysHowHotItIs) {
  Falling zone(80, 0.01);
  const Cooled cooled = zone.wait("40C,12s");
  EXPECT_DOUBLE_EQ(zone.slept, 12);
  EXPECT_NEAR(cooled.hottest_c.value(), 79.88, 0.002);
  EXPECT_DOUBLE_EQ(cooled.above_c.value(), 40);
  EXPECT_EQ(cooled.note(), "it did not cool down to 40 C in 12 s: it had 79.9");
  EXPECT_DOUBLE_EQ(Falling(80, 0).wait("40C").seconds, 300);
}

TEST(CoolDown, WaitsForSecondsWhereverItRuns) {
  const Sys nothing;
  double slept = 0;
  const Cooled cooled =
      cool_down(cool_down_of("30s"), nothing.path(), [&](double seconds) { slept += seconds; });
  EXPECT_DOUBLE_EQ(slept, 30);
  EXPECT_FALSE(cooled.hottest_c || cooled.above_c);
  EXPECT_ERROR(cool_down(cool_down_of("40C"), nothing.path()), UsageError, "no temperature",
               "give seconds");
}

TEST(CoolDown, ReadsItsOwnWordsAndNoOthers) {
  for (const char* words : {"40C,300s", "37.5C,60s", "30s", "0s"})
    EXPECT_EQ(words_of(cool_down_of(words)), words);
  EXPECT_EQ(words_of(cool_down_of("40C")), "40C,300s");
  for (const char* words : {"", "40", "C", "s", "40F", "40C,", "40C,60", "60s,40C", "40C,60s,1s",
                            "-1s", "1e9s", "nanC", "40 C"})
    EXPECT_ERROR(cool_down_of(words), UsageError, "is no temperature and no time", "40C,120s");
}

}  // namespace
}  // namespace nnstretch::measure
