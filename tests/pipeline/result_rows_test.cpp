// result.csv as people and spreadsheets leave it.
#include "pipeline/result_rows.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace nnstretch::pipeline {
namespace {

std::string again(std::string_view text) { return ResultRows::parse(text, "r.csv").text(); }

std::string error_of(std::string_view text) {
  try {
    ResultRows::parse(text, "r.csv");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kPlain = "cfg,latency,energy\nX.yaml,3520.4,0.0\nY.yaml,12.0,3.5\n";

TEST(ResultRows, WritesTheHeaderThatToolsExpect) {
  EXPECT_EQ(ResultRows().text(), "cfg,latency,energy\n");
  EXPECT_EQ(again(""), "cfg,latency,energy\n");
  EXPECT_EQ(again(kPlain), kPlain);
  ResultRows rows;
  rows.set(rows.add("a,b.yaml"), 3520.4, 0);
  EXPECT_EQ(rows.text(), "cfg,latency,energy\n\"a,b.yaml\",3520.4,0.0\n");
}

TEST(ResultRows, ReadsWhatSpreadsheetsAndPeopleMakeOfIt) {
  const std::string body = kPlain.substr(kPlain.find('\n'));
  EXPECT_EQ(again("#cfg,latency,energy" + body), kPlain);  // as published
  EXPECT_EQ(again("\xef\xbb\xbf"
                  "cfg,latency,energy" +
                  body),
            kPlain);
  EXPECT_EQ(again("cfg,latency,energy\r\nX.yaml,3520.4,0.0\r\n\r\nY.yaml,12.0,3.5\r\n"), kPlain);
  EXPECT_EQ(again("cfg, latency, energy\nX.yaml, 3520.4, 0.0\nY.yaml, 12.0, 3.5"), kPlain);
  EXPECT_EQ(again("cfg;latency;energy\nX.yaml;3520,4;0,0\n;;\nY.yaml;12.0;3,5\n"), kPlain);
  EXPECT_EQ(
      again("\"cfg\",\"latency\",\"energy\"\n\"X.yaml\",\"3520.4\",\"0.0\"\nY.yaml,12.0,3.5\n"),
      kPlain);
  EXPECT_EQ(again(kPlain + ",,\n  \n"), kPlain);
  EXPECT_EQ(again("cfg,latency,energy\nX.yaml,3520.4,0.0,\nY.yaml,12.0,3.5,,\n"), kPlain);
}

TEST(ResultRows, KeepsFurtherColumnsAndTheOrder) {
  const std::string text = "note,energy,cfg,latency\nhot,0.0,X.yaml,3520.4\n,3.5,Y.yaml,12.0\n";
  ResultRows rows = ResultRows::parse(text, "r.csv");
  EXPECT_EQ(rows.text(), text);
  EXPECT_EQ(rows.further(0), std::vector<std::string>{"hot"});
  rows.set(*rows.find("X.yaml"), 1, 2);
  rows.set(rows.add("Z.yaml"), 5, 6);
  rows.erase(*rows.find("Y.yaml"));
  EXPECT_EQ(rows.text(), "note,energy,cfg,latency\nhot,2.0,X.yaml,1.0\n,6.0,Z.yaml,5.0\n");
  EXPECT_EQ(again("cfg,latency,energy,note\nX.yaml,1.0,2.0\n"),  // a row that ends early
            "cfg,latency,energy,note\nX.yaml,1.0,2.0,\n");
}

TEST(ResultRows, NamesTheLineOfWhatItCannotUnderstand) {
  const std::string header = "cfg,latency,energy\n";
  for (const auto& [line, fault] : std::vector<std::pair<std::string, std::string>>{
           {"X.yaml,fast,0.0", "the latency 'fast'"},
           {"X.yaml,,", "the latency ''"},
           {"X.yaml,-3,0.0", "the latency '-3'"},
           {"X.yaml,inf,0.0", "the latency 'inf'"},
           {"X.yaml,1.0,nan", "the energy 'nan'"},
           {"X.yaml,1.0.0,0", "the latency '1.0.0'"},
           {"X.yaml,12 us,0", "the latency '12 us'"},
           {"X.yaml,\"3520,4\",0", "the latency '3520,4'"},
           {"X.yaml", "the latency ''"},
           {",1.0,2.0", "without a configuration"},
           {"X.yaml,1.0,2.0,hot", "4 cells under 3 columns"},
           {"# measured by me, on Monday, hot", "' on Monday'"},
           {"# measured by me", "the latency ''"},
           {"\"X.yaml,1.0,2.0", "a quote is not closed"}}) {
    const std::string error = error_of(header + "A.yaml,1.0,2.0\n" + line + "\n");
    EXPECT_NE(error.find("r.csv:3: "), std::string::npos) << line << ": " << error;
    EXPECT_NE(error.find(fault), std::string::npos) << line << ": " << error;
  }
  const std::string twice = error_of(header + "X.yaml,1.0,2.0\nY.yaml,1.0,2.0\nX.yaml,1.0,2.0\n");
  EXPECT_NE(twice.find("r.csv:4: 'X.yaml' has a row in line 2"), std::string::npos) << twice;
  EXPECT_NE(error_of("X.yaml,1.0,2.0\n").find("r.csv:1: the header has no column 'cfg'"),
            std::string::npos);
  EXPECT_NE(error_of("cfg,latency\n").find("no column 'energy'"), std::string::npos);
  EXPECT_NE(error_of("cfg,latency,energy,cfg\n").find("twice the column 'cfg'"), std::string::npos);
  EXPECT_NE(error_of(std::string(60, '\0')).find("r.csv:1: a zero byte"), std::string::npos);
}

TEST(ResultRows, RandomNamesComeBackAsTheyWere) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    ResultRows rows;
    std::vector<std::string> names;
    for (unsigned n = random() % 8; n > 0; --n) {
      std::string name = std::to_string(n);  // no two alike, none blank
      for (unsigned length = random() % 12; length > 0; --length)
        name.insert(name.begin(), static_cast<char>(1 + random() % 255));
      names.push_back(name);
      rows.set(rows.add(name), random() % 100000 / 8.0, random() % 100);
    }
    const ResultRows read = ResultRows::parse(rows.text(), "r.csv");
    ASSERT_EQ(read.size(), names.size()) << "seed " << seed << "\n" << rows.text();
    for (size_t i = 0; i < names.size(); ++i) {
      ASSERT_EQ(read.cfg(i), names[i]) << "seed " << seed;
      ASSERT_EQ(read.latency(i), rows.latency(i)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace nnstretch::pipeline
