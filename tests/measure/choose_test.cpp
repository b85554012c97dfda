// The fastest of the candidates is taken, remembered, and left alone when the machine is busy.
#include "measure/choose.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::measure {
namespace {

// Parts are named after their processors, too.
class NamingEngine : public testing::FakeEngine {
 public:
  std::shared_ptr<const engines::CompiledPart> compile(
      const ir::Model& part, const engines::Processor& processor) const override {
    ir::Model named = part;
    named.name += " on " + processor.name;
    return FakeEngine::compile(named, processor);
  }
};

// An engine for which all takes long but one candidate, so that no load makes another the fastest.
class ChooseTest : public ::testing::Test {
 protected:
  ChooseTest() {
    engine_.on_run = [this](const std::string& part) {
      ++runs_;
      if (part.find(fast_) == part.npos) spin(3000);
    };
  }
  static void spin(double us) {
    for (const double end = now_us() + us; now_us() < end;) continue;
  }
  Chosen choose_with(ChooseOptions options = {}) {
    if (!options.is_free) options.is_free = [] { return true; };
    plan::Surroundings here = engine_.here();
    here.topology = {.cores = {{.id = 0}, {.id = 1, .first_sibling = 1}}};
    here.plans = folder_ / "plans.json";
    return choose(testing::two_branches(), {.engine = "fake"}, here, options);
  }

  testing::TemporaryFolder folder_;
  NamingEngine engine_;
  std::string fast_ = "stem..head on 2 cores";
  std::atomic<int> runs_ = 0;
};

TEST_F(ChooseTest, TakesTheFastest) {
  const Chosen chosen = choose_with();
  EXPECT_EQ(chosen.candidate, "whole on 2 cores by fake");
  EXPECT_EQ(chosen.kind, plan::Kind::whole);
  EXPECT_EQ(chosen.compiled->plan().parts.size(), 1u);
  EXPECT_TRUE(chosen.raced && !chosen.remembered);
  ASSERT_EQ(chosen.standings.size(), 3u);
  EXPECT_EQ(chosen.standings[0].candidate, chosen.candidate);
  EXPECT_LT(chosen.standings[0].min_us, 3000);
  EXPECT_GT(chosen.standings[1].min_us, 3000);
}

TEST_F(ChooseTest, RemembersWhatWonAndTimesNothingAgain) {
  const Chosen first = choose_with();
  const std::string kept = read_text(folder_ / "plans.json");
  fast_ = "nobody";
  runs_ = 0;
  const Chosen again = choose_with();
  EXPECT_EQ(again.candidate, first.candidate);
  EXPECT_EQ(again.compiled->hash(), first.compiled->hash());
  EXPECT_TRUE(again.remembered && !again.raced);
  EXPECT_EQ(runs_, 0);
  EXPECT_EQ(read_text(folder_ / "plans.json"), kept);
}

TEST_F(ChooseTest, OnABusyMachineNothingIsRememberedAndThePartsStay) {
  const Chosen chosen = choose_with({.is_free = [] { return false; }});
  EXPECT_EQ(chosen.candidate, "parts");
  EXPECT_EQ(chosen.doubt, "the machine is not free");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "plans.json"));
}

TEST_F(ChooseTest, WhatWasDisturbedIsTimedAgain) {
  int asked = 0;
  const Chosen chosen = choose_with({.is_free = [&] { return ++asked == 2; }});
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(chosen.doubt, "");
  EXPECT_TRUE(choose_with().remembered);
}

TEST_F(ChooseTest, WithoutARaceItIsWhatWasRememberedElseTheParts) {
  EXPECT_EQ(choose_with({.race = false}).candidate, "parts");
  EXPECT_EQ(runs_, 0);
  EXPECT_TRUE(choose_with().raced);
  EXPECT_EQ(choose_with({.race = false}).kind, plan::Kind::whole);
}

TEST_F(ChooseTest, WhoFailsIsLeftOutAndThatIsNotRemembered) {
  engine_.on_compile = [](const std::string& part) {
    if (part.find("stem..") != part.npos) throw EngineError({.what = "no memory for it"});
  };
  const Chosen chosen = choose_with();
  EXPECT_EQ(chosen.candidate, "parts");
  EXPECT_NE(chosen.standings.back().failure.find("no memory for it"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "plans.json"));
  EXPECT_ERROR(choose_with({.pick = Pick::whole}), EngineError, "no memory for it");
}

TEST_F(ChooseTest, WhatCannotRunHereStaysRememberedForOthers) {
  choose_with();
  const std::string kept = read_text(folder_ / "plans.json");
  engine_.on_compile = [](const std::string& part) {  // as in a forked process
    if (part.find("2 cores") != part.npos) throw EngineError({.what = "its threads are elsewhere"});
  };
  EXPECT_NE(choose_with().candidate, "whole on 2 cores by fake");
  EXPECT_EQ(read_text(folder_ / "plans.json"), kept);
}

TEST_F(ChooseTest, ADisturbedBeginningCostsNobodyHisPlace) {
  std::atomic<int> disturbed = 5;  // the first run, and two rounds of two
  engine_.on_run = [&](const std::string& part) {
    if (part.find(fast_) == part.npos)
      spin(3000);
    else if (disturbed-- > 0)
      spin(30000);
  };
  const Chosen chosen = choose_with();
  EXPECT_EQ(chosen.candidate, "whole on 2 cores by fake");
  EXPECT_EQ(chosen.doubt, "");
}

TEST_F(ChooseTest, WhoHasNoHopeIsNotTimedForLong) {
  choose_with({.rounds = 40});
  EXPECT_LE(runs_, 100) << "of eight parts a first run, two rounds and three of two runs each";
}

TEST_F(ChooseTest, FewRoundsDecideAndAreNotRemembered) {
  EXPECT_EQ(choose_with({.rounds = 1}).candidate, "whole on 2 cores by fake");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "plans.json"));
}

TEST_F(ChooseTest, AWholeThatWasNeverTimedHasTheMostThreads) {
  const Chosen chosen = choose_with({.pick = Pick::whole, .race = false});
  EXPECT_EQ(chosen.candidate, "whole on 2 cores by fake");
  EXPECT_EQ(runs_, 0);
}

TEST_F(ChooseTest, AWholeIsChosenOfWholesOnly) {
  const Chosen chosen = choose_with({.pick = Pick::whole});
  EXPECT_EQ(chosen.kind, plan::Kind::whole);
  EXPECT_EQ(choose_with({.pick = Pick::parts}).kind, plan::Kind::parts);
}

TEST_F(ChooseTest, AMemoryThatIsNotUnderstoodIsReplaced) {
  for (const char* text : {"", "[]", R"({"schema": 1, "choices": []})"}) {
    write_atomic(folder_ / "plans.json", std::string_view(text));
    EXPECT_TRUE(choose_with().raced) << text;
    EXPECT_TRUE(choose_with().remembered) << text;
  }
}

}  // namespace
}  // namespace nnstretch::measure
