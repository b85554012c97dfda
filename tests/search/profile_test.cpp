#include "search/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "search/latencies.h"
#include "support/paths.h"

namespace nnstretch::search {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ProfiledMachine machine() {
  return {.name = "a machine",
          .model = {},
          .cpu = "EPYC",
          .cores = 2,
          .engines = {{"openvino", "2026.4.1"}, {"qnn", std::nullopt}},
          .processors = {{"core0", "cpu", "auto cpu int8", "CPU time"},
                         {"core1", "dsp", "auto cpu f32", "CPU time", true}},
          .program = "0.1.0",
          .time = "2026-03-01T12:00:00Z"};
}
Point point(int width, double us) {
  return {.kind = "auto cpu int8", .piece = {"block side=8", 2, width, 16}, .us = us};
}
std::string text_of(const std::vector<Point>& points) {
  std::string text = line_of(machine());
  for (const Point& one : points) text += line_of(one);
  return text;
}
std::string refusal_of(const std::string& text) {
  try {
    (void)parse_profile(text, "p.jsonl");
  } catch (const FormatError& error) {
    return error.what();
  }
  return {};
}

TEST(Profile, ReadsWhatItsLinesSay) {
  Point held = point(32, 20.5);
  held.held_out = true;
  held.engines = {{"litert", 21}, {"openvino", 20.5}};
  const Profile read =
      parse_profile(text_of({point(16, 10.125), held}) + line_of(Together{"auto cpu f32", 1.25}) +
                        line_of(AnchorTime{"R-34-C", "auto cpu int8", 7000}),
                    "p.jsonl");
  EXPECT_EQ(read.machine.processors, machine().processors);
  EXPECT_THAT(differences(machine(), read.machine), IsEmpty());
  ASSERT_EQ(read.points.size(), 2u);
  EXPECT_EQ(read.points[0].piece, point(16, 0).piece);
  EXPECT_EQ(read.points[0].us, 10.125);
  EXPECT_FALSE(read.points[0].held_out);
  EXPECT_TRUE(read.points[1].held_out);
  EXPECT_EQ(read.points[1].engines, held.engines);
  EXPECT_EQ(read.factor_of("auto cpu f32"), 1.25);
  EXPECT_EQ(read.factor_of("auto cpu int8"), 1);
  ASSERT_EQ(read.anchors.size(), 1u);
  EXPECT_EQ(read.anchors[0].us, 7000);
}

TEST(Profile, LeavesOutALastLineWithoutAnEndAndSaysSo) {
  const std::string whole = text_of({point(16, 10), point(32, 20)});
  for (size_t cut = 1; cut < 20; ++cut) {
    const Profile read = parse_profile(whole.substr(0, whole.size() - cut), "p.jsonl");
    EXPECT_EQ(read.points.size(), 1u);
    ASSERT_EQ(read.notes.size(), 1u);
    EXPECT_THAT(read.notes[0], HasSubstr("p.jsonl:3"));
  }
}

TEST(Profile, RefusesWhatIsNoTimeAtItsLine) {
  const std::string good = line_of(point(16, 10));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    line.replace(line.find(from), from.size(), to);
    return refusal_of(text_of({point(8, 1)}) + line);
  };
  EXPECT_EQ(with("10.0", "11.0"), "");
  for (const char* wrong : {"-10.0", "0.0", "NaN", "1e999", "null", "\"ten\""})
    EXPECT_THAT(with("10.0", wrong), HasSubstr("p.jsonl:3")) << wrong;
  EXPECT_THAT(with(",\"us\":10.0", ""), HasSubstr("'us' is missing"));
  EXPECT_THAT(with("\"depth\":2", "\"depth\":0"), HasSubstr("p.jsonl:3"));
  EXPECT_THAT(with("auto cpu int8", "another"), HasSubstr("no processor of the profile"));
}

TEST(Profile, RefusesAnotherVersionAndOtherFiles) {
  std::string text = text_of({point(16, 10)});
  text.replace(text.find("\"schema\":1"), 10, "\"schema\":7");
  EXPECT_THAT(refusal_of(text), HasSubstr("schema 7"));
  EXPECT_THAT(refusal_of(""), HasSubstr("no profile"));
  EXPECT_NE(refusal_of("cfg,latency\n"), "");
}

TEST(ProfileFile, GoesOnWithoutLosingAPoint) {
  const testing::TemporaryFolder folder;
  const auto file = folder / "p.jsonl";
  { ProfileFile(file, machine()).append(line_of(point(16, 10))); }
  const std::string complete = read_text(file);
  write_atomic(file, complete + line_of(point(32, 20)).substr(0, 30));
  {
    ProfileFile again(file, machine());
    EXPECT_EQ(again.before().points.size(), 1u);
    EXPECT_EQ(again.before().notes.size(), 1u);
    again.append(line_of(point(48, 30)));
  }
  EXPECT_EQ(read_text(file), complete + line_of(point(48, 30)));
}

TEST(ProfileFile, RefusesAnotherMachineUnlessForced) {
  const testing::TemporaryFolder folder;
  const auto file = folder / "p.jsonl";
  { ProfileFile(file, machine()).append(line_of(point(16, 10))); }
  const std::string before = read_text(file);
  const auto refusal = [&](const ProfiledMachine& other) -> std::string {
    try {
      ProfileFile(file, other);
    } catch (const FormatError& error) {
      return error.what();
    }
    return {};
  };
  ProfiledMachine other = machine();
  other.cpu = "Xeon";
  EXPECT_THAT(refusal(other), HasSubstr("cpu: Xeon here, EPYC in the profile"));
  other = machine(), other.engines["openvino"] = "2027";
  EXPECT_THAT(refusal(other), HasSubstr("openvino: 2027 here"));
  other = machine(), other.processors[1].kind = "auto cpu int8";
  EXPECT_THAT(refusal(other), HasSubstr("processors"));
  EXPECT_EQ(read_text(file), before);
  EXPECT_EQ(ProfileFile(file, other, /*force=*/true).before().points.size(), 1u);
  EXPECT_EQ(refusal(machine()), "");
}

TEST(ProfileFile, SaysThatTheDiskIsFull) {
  EXPECT_THROW(ProfileFile("/dev/full", machine()), IoError);
  EXPECT_THROW(ProfileFile("/nowhere/p.jsonl", machine()), IoError);
}

TEST(Table, IsALineBetweenItsPointsAndNothingBeyond) {
  const auto line = [](int depth, int w_in) { return 100.0 + 30 * depth + 2 * w_in; };
  Table table;
  for (const int depth : {1, 4})
    for (const int w_in : {16, 48, 64}) table.add(depth, 32, w_in, line(depth, w_in));
  for (int depth = 1; depth <= 4; ++depth)
    for (int w_in = 16; w_in <= 64; w_in += 8)
      EXPECT_NEAR(*table.us(depth, 32, w_in), line(depth, w_in), 1e-9);
  EXPECT_FALSE(table.us(5, 32, 16));
  EXPECT_FALSE(table.us(1, 32, 72));
  EXPECT_FALSE(table.us(1, 24, 16)) << "widths have no between";
}

TEST(Table, TakesTheFasterOfTwoTimes) {
  Table table;
  for (const double us : {12.0, 10.0, 11.0}) table.add(1, 8, 8, us);
  EXPECT_EQ(table.us(1, 8, 8), 10);
}

TEST(HeldOut, SaysHowFarPredictionsErr) {
  std::vector<Point> points;
  for (const int depth : {1, 3})
    points.push_back({.kind = "auto cpu int8", .piece = {"s", depth, 8, 8}, .us = 10.0 * depth});
  for (const double us : {20.0, 25.0})  // where 20 is predicted; the faster counts
    points.push_back(
        {.kind = "auto cpu int8", .piece = {"s", 2, 8, 8}, .us = us / 0.8, .held_out = true});
  const Profile profile = parse_profile(text_of(points), "p.jsonl");
  const auto errors = held_out_errors(profile, Latencies(profile));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].points, 1u);
  EXPECT_NEAR(errors[0].worst, 0.2, 1e-9);
}

}  // namespace
}  // namespace nnstretch::search
