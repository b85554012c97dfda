// Where a network runs, as people say it.
#include "plan/placing.h"

#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::plan {
namespace {

std::vector<std::string> words(const Placing& placing) {
  std::vector<std::string> words;
  for (const auto& [name, value] : options_of(placing)) words.push_back(name + "=" + value);
  return words;
}

TEST(Placing, SaysItsOptionsAndNothingThatIsTheSameWithout) {
  EXPECT_TRUE(options_of({}).empty());
  const Placing all{.machine = "m.yaml",
                    .engine = "litert",
                    .arithmetic = engines::Precision::f32,
                    .num_threads = 2,
                    .core_affinity = "3",
                    .without = {"a", "b"},
                    .strict = true,
                    .spread = false};
  EXPECT_EQ(words(all), (std::vector<std::string>{
                            "machine=m.yaml", "engine=litert", "arithmetic=f32", "num_threads=2",
                            "core_affinity=3", "without=a", "without=b", "strict=", "no_spread="}));
}

TEST(Placing, HasAnotherDigestWhateverIsChanged) {
  const testing::TemporaryFolder folder;
  const auto machine = folder / "machine.yaml", same = folder / "same.yaml";
  write_atomic(machine, "one");
  write_atomic(same, "one");
  std::set<std::string> digests;
  for (const Placing& placing :
       {Placing{}, Placing{.machine = machine}, Placing{.engine = "litert"},
        Placing{.arithmetic = engines::Precision::bf16}, Placing{.num_threads = 1},
        Placing{.core_affinity = "1"}, Placing{.without = {"a"}}, Placing{.without = {"a", "b"}},
        Placing{.without = {"a,b"}}, Placing{.strict = true}, Placing{.spread = false}})
    EXPECT_TRUE(digests.insert(digest(placing)).second) << ::testing::PrintToString(words(placing));
  EXPECT_EQ(digest({.machine = same}), digest({.machine = machine}));
  EXPECT_EQ(digest({.arithmetic = engines::Precision::int8}), digest({}));
  write_atomic(machine, "two");
  EXPECT_NE(digest({.machine = same}), digest({.machine = machine}));
}

TEST(Placing, IsSpelledSoThatAValueStaysOne) {
  EXPECT_EQ(words_of({{"machine", "--my-file"}, {"strict", ""}}),
            (std::vector<std::string>{"--machine=--my-file", "--strict"}));
}

TEST(Placing, RefusesWhatTheMachineFileSaysItself) {
  EXPECT_NO_THROW(check({.machine = "m.yaml", .without = {"a"}, .strict = true}));
  EXPECT_ERROR(check({.machine = "m.yaml", .engine = "litert"}), UsageError, "m.yaml", "`engine`",
               "leave out");
  EXPECT_ERROR(check({.machine = "m.yaml", .arithmetic = engines::Precision::f32}), UsageError,
               "`arithmetic`");
  EXPECT_ERROR(check({.machine = "m.yaml", .num_threads = 1}), UsageError, "`num_threads`");
  EXPECT_ERROR(check({.machine = "m.yaml", .core_affinity = "1"}), UsageError, "`core_affinity`");
}

}  // namespace
}  // namespace nnstretch::plan
