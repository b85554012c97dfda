// Which plans the fastest is chosen from.
#include "plan/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "support/paths.h"

namespace nnstretch::plan {
namespace {

// Two engines, of which `auto` may choose either.
class CandidatesTest : public ::testing::Test {
 protected:
  CandidatesTest() {
    for (const char* name : {"one", "two"})
      engines_.push_back(std::make_shared<testing::FakeEngine>(name));
  }
  Surroundings with(std::vector<Core> cores) const {
    return {.topology = {.cores = std::move(cores)},
            .engines = engines::EngineList({engines_.begin(), engines_.end()},
                                           [this](std::string_view name) -> const engines::Engine& {
                                             return name == "one" ? *engines_[0] : *engines_[1];
                                           })};
  }
  std::vector<std::string> names(const ir::Model& model, const Placing& placing,
                                 const Surroundings& here) const {
    std::vector<std::string> all;
    for (const Candidate& one : candidates(model, placing, here)) all.push_back(one.name);
    return all;
  }
  std::vector<std::shared_ptr<testing::FakeEngine>> engines_;
  const std::vector<Core> two_cores_ = {{.id = 0}, {.id = 1, .first_sibling = 1}};
};

using Names = std::vector<std::string>;

TEST_F(CandidatesTest, AreThePartsAndTheWholeOnOneAndAllCoresByEachEngine) {
  const Surroundings here = with(two_cores_);
  const auto all = candidates(testing::two_branches(), {}, here);
  EXPECT_EQ(names(testing::two_branches(), {}, here),
            (Names{"parts", "whole on core0 by one", "whole on core0 by two",
                   "whole on 2 cores by one", "whole on 2 cores by two"}));
  EXPECT_EQ(all[0].plan.hash(), plan_for(testing::two_branches(), {}, here).hash());
  std::set<std::string> hashes;
  for (const Candidate& one : all) {
    hashes.insert(one.plan.hash());
    EXPECT_EQ(one.kind == Kind::whole, one.plan.parts.size() == 1) << one.name;
  }
  EXPECT_EQ(hashes.size(), all.size());
  EXPECT_EQ(all[3].plan.processors[0].cores, (std::vector{0, 1}));
  EXPECT_EQ(all[3].plan.processors[0].threads, 2);
  ASSERT_EQ(all[3].plan.notes.size(), 1u);
  EXPECT_NE(all[3].plan.notes[0].find("given up"), std::string::npos) << all[3].plan.notes[0];
}

TEST_F(CandidatesTest, OnlyCoresOfOneKindAreTakenTogether) {
  const Surroundings phone =
      with({{.id = 0, .capacity = 400}, {.id = 1, .capacity = 1024, .first_sibling = 1}});
  for (const std::string& name : names(testing::two_branches(), {.engine = "one"}, phone))
    EXPECT_EQ(name.find("cores"), name.npos) << name;
}

TEST_F(CandidatesTest, AMachineFileSaysWhichProcessorsThereAre) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "m.yaml",
               std::string_view("processors:\n"
                                "  - {name: a, role: cpu, engine: two, cores: [0]}\n"
                                "  - {name: b, role: dsp, engine: one, cores: [1]}\n"));
  EXPECT_EQ(names(testing::two_branches(), {.machine = folder / "m.yaml"}, with(two_cores_)),
            (Names{"parts", "whole on a by two", "whole on b by one"}));
}

TEST_F(CandidatesTest, WholesUseNoCoreThatIsLeftOutAndNoMoreThanAllowed) {
  const auto cores_of = [&](const Placing& placing, std::vector<Core> cores) {
    size_t most = 0;
    for (const Candidate& one :
         candidates(testing::two_branches(), placing, with(std::move(cores))))
      for (const auto& processor : one.plan.processors)
        most = std::max(most, processor.cores.size());
    return most;
  };
  EXPECT_EQ(cores_of({.engine = "one", .without = {"core1"}}, two_cores_), 1u);
  const std::vector<Core> threads = {
      {.id = 0}, {.id = 1}, {.id = 2, .first_sibling = 2}, {.id = 3, .first_sibling = 2}};
  EXPECT_EQ(cores_of({.engine = "one", .num_threads = 2}, threads), 2u);
  EXPECT_EQ(cores_of({.engine = "one"}, threads), 4u);
}

TEST_F(CandidatesTest, NobodyIsAskedForWhatHeRefuses) {
  engines_[0]->refused = {{"cpu", "concat"}};
  EXPECT_EQ(names(testing::two_branches(), {.engine = "two", .num_threads = 1}, with(two_cores_)),
            (Names{"parts"}));
  for (const std::string& name : names(testing::two_branches(), {}, with(two_cores_)))
    EXPECT_EQ(name.find("by one"), name.npos) << name;
}

}  // namespace
}  // namespace nnstretch::plan
