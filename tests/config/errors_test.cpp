// What is said about a wrong configuration: the place and enough to put it right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "config/config.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string complaint(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, "a.yaml", overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

struct Wrong {
  std::string text, where, what;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.text.substr(0, 60); }

class WrongFile : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongFile, IsNamedWithItsLine) {
  EXPECT_THAT(complaint(GetParam().text),
              AllOf(HasSubstr(GetParam().where + ": "), HasSubstr(GetParam().what)));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongFile,
    ::testing::Values(Wrong{"ANYNET:\n  DEPTH: [1]\n", "a.yaml:2", "unknown key ANYNET.DEPTH"},
                      Wrong{"ANYNET:\n  DEPTH: [1]\n", "a.yaml:2", "did you mean ANYNET.DEPTHS?"},
                      Wrong{"\nANYNETS: 1\n", "a.yaml:2", "did you mean ANYNET?"},
                      Wrong{"anynet:\n  DEPTHS: []\n", "a.yaml:1", "did you mean ANYNET?"},
                      Wrong{"TRAIN:\n  BASE_LR: 0.1\n", "a.yaml:2", "did you mean OPTIM.BASE_LR?"},
                      Wrong{"NUM_GPU: 1\n", "a.yaml:1", "did you mean NUM_GPUS?"},
                      Wrong{"RNG_SEED: 1\nRNG_SEED: 2\n", "a.yaml:2",
                            "RNG_SEED stands twice, first in line 1"},
                      Wrong{"TRAIN: 3\n", "a.yaml:1", "TRAIN is a section"},
                      Wrong{"RNG_SEED:\n  X: 1\n", "a.yaml:1", "RNG_SEED is a key, but holds keys"},
                      Wrong{"BN:\n  EPS: {X: 1}\n", "a.yaml:2", "BN.EPS is a key, but holds keys"},
                      Wrong{"3: 4\n", "a.yaml:1", "a key that is no word"},
                      Wrong{"? [a]\n: 4\n", "a.yaml:1", "a key that is no word"},
                      Wrong{"BN: &b {EPS: 0.1}\nLN:\n  <<: *b\n", "a.yaml:3", "merge keys"},
                      Wrong{"- 1\n- 2\n", "a.yaml:1", "not a mapping"},
                      Wrong{"just words", "a.yaml:1", "not a mapping"}));

INSTANTIATE_TEST_SUITE_P(
    Types, WrongFile,
    ::testing::Values(
        Wrong{"OPTIM:\n  BASE_LR: 1\n", "a.yaml:2",
              "OPTIM.BASE_LR is of type float, 1 is of type int"},
        Wrong{"OPTIM:\n  BASE_LR: 1\n", "a.yaml:2", "write 1.0"},
        Wrong{"OPTIM:\n  BASE_LR: fast\n", "a.yaml:2", "fast is of type str"},
        Wrong{"OPTIM:\n  MAX_EPOCH: 1.0\n", "a.yaml:2",
              "OPTIM.MAX_EPOCH is of type int, 1.0 is of type float"},
        Wrong{"OPTIM:\n  MAX_EPOCH: True\n", "a.yaml:2", "is of type int, true is of type bool"},
        Wrong{"OPTIM:\n  NESTEROV: 1\n", "a.yaml:2", "is of type bool, 1 is of type int"},
        Wrong{"DESC: 8\n", "a.yaml:1", "is of type str, 8 is of type int"},
        Wrong{"DESC: '8'\n", "a.yaml:1", "is of type str, 8 is of type int"},
        Wrong{"DESC: [a]\n", "a.yaml:1", "is of type str, [a] is of type list"},
        Wrong{"ANYNET:\n  DEPTHS: 3\n", "a.yaml:2", "is of type list, 3 is of type int"},
        Wrong{"ANYNET:\n  DEPTHS: [{a: 1}]\n", "a.yaml:2", "a mapping within a list"},
        Wrong{"RNG_SEED: 3000000000\n", "a.yaml:1", "RNG_SEED cannot hold 3000000000"},
        Wrong{"RNG_SEED: 9999999999999999999\n", "a.yaml:1", "does not fit a 64-bit integer"},
        Wrong{"RNG_SEED: !!python/name:os.system x\n", "a.yaml:1", "tag"}));

INSTANTIATE_TEST_SUITE_P(
    Checks, WrongFile,
    ::testing::Values(
        Wrong{"OPTIM:\n  STEPS: [1, 2]\n", "a.yaml:2", "OPTIM.STEPS begins with 1"},
        Wrong{"TRAIN:\n  SPLIT: all\n", "a.yaml:2", "train, val, test"},
        Wrong{"TEST:\n  SPLIT: all\n", "a.yaml:2", "train, val, test"},
        Wrong{"NUM_GPUS: 3\n", "a.yaml", "TRAIN.BATCH_SIZE 128 does not divide by NUM_GPUS 3"},
        Wrong{"TRAIN:\n  BATCH_SIZE: 24\nNUM_GPUS: 3\n", "a.yaml", "TEST.BATCH_SIZE 200"},
        Wrong{"NUM_GPUS: 0\n", "a.yaml:1", "NUM_GPUS is 0"},
        Wrong{"MAX_GPUS_PER_NODE: 0\n", "a.yaml:1", "MAX_GPUS_PER_NODE is 0"},
        Wrong{"NUM_GPUS: 10\nTRAIN: {BATCH_SIZE: 10}\nTEST: {BATCH_SIZE: 10}\n", "a.yaml:1",
              "no multiple of it"},
        Wrong{"LOG_DEST: screen\n", "a.yaml:1", "stdout, file"},
        Wrong{"LAUNCH:\n  MODE: cloud\n", "a.yaml:2", "local, submitit_local, slurm"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, WrongFile,
    ::testing::Values(Wrong{"TRAIN:\n  SPLIT: [a\nX: 1\n", "a.yaml:3", "bad YAML"},
                      Wrong{"A: b: c\n", "a.yaml:1", "bad YAML"},
                      Wrong{"A: \"x\nB: \"y\"\n", "a.yaml:2", "bad YAML"},
                      Wrong{"A: *nobody\n", "a.yaml:1", "bad YAML"},
                      Wrong{"\tA: 1\n", "a.yaml:1", "bad YAML"},
                      Wrong{"RNG_SEED: 1\n---\nRNG_SEED: 2\n", "a.yaml",
                            "more than one YAML document"},
                      Wrong{std::string("DESC: a\nHOST: b\0c\n", 18), "a.yaml:2", "NUL"}));

TEST(WrongOverride, IsNamed) {
  const auto said = [](std::vector<std::string> overrides) { return complaint("", overrides); };
  EXPECT_THAT(
      said({"ANYNET.STEMW", "8"}),
      AllOf(HasSubstr("command line: unknown key ANYNET.STEMW"), HasSubstr("ANYNET.STEM_W?")));
  EXPECT_THAT(said({"OPTIM.NESTEROV", "true"}),
              AllOf(HasSubstr("OPTIM.NESTEROV"), HasSubstr("write True")));
  EXPECT_THAT(said({"OPTIM.BASE_LR", "1"}), HasSubstr("write 1.0"));
  EXPECT_THAT(said({"ANYNET.DEVICES", "[cpu,dsp]"}), HasSubstr("words in quotes"));
  EXPECT_THAT(said({"ANYNET", "8"}), HasSubstr("ANYNET is a section"));
  EXPECT_THAT(said({"NUM_GPUS", "3"}), HasSubstr("does not divide by NUM_GPUS 3"));
}

TEST(WrongOverride, WithoutItsValueIsWrongUse) {
  try {
    parse("", "a.yaml", {"RNG_SEED", "1", "OUT_DIR"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("OUT_DIR has no value"));
  }
}

TEST(HostileFile, WithDeepNestingIsRefused) {
  for (const std::string opening : {"[", "{a: ", "{", "- ", "? "}) {
    std::string text = "ANYNET:\n  DEPTHS: ";
    if (opening == "- " || opening == "? ") text.clear();
    for (int i = 0; i < 50'000; ++i) text += opening;
    EXPECT_NE(complaint(text), "accepted") << opening;
  }
}

TEST(HostileFile, WithAliasesOfAliasesIsRefused) {
  std::string text = "ANYNET:\n  DEPTHS:\n  - &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "  - &a" + std::to_string(i) + " [" + alias;
    for (int j = 0; j < 9; ++j) text += ", " + alias;
    text += "]\n";
  }
  EXPECT_THAT(complaint(text), HasSubstr("more than 100000 values"));
}

TEST(HostileFile, WithAnAliasOfItselfIsRefused) {
  EXPECT_THAT(complaint("ANYNET:\n  DEPTHS: &a [*a]\n"), HasSubstr("a.yaml:2: an alias within"));
}

TEST(HostileFile, ThatIsHugeIsRefusedUnread) {
  EXPECT_THAT(complaint(std::string(size_t{3} << 20, '#')), HasSubstr("a.yaml: too large"));
  const testing::TemporaryFolder folder;
  write_atomic(folder / "big.yaml", std::string_view("RNG_SEED: 1\n"));
  std::filesystem::resize_file(folder / "big.yaml", uintmax_t{1} << 40);  // a hole on the disk
  EXPECT_ERROR(load(folder / "big.yaml"), ConfigError, "big.yaml: too large");
}

TEST(HostileFile, MadeOfDamagedSettingsNeverCrashes) {
  const std::string good = read_text(testing::source_folder() / "configs/mi/EN-B5-CD.yaml");
  uint64_t state = 1;
  const auto next = [&](size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(state >> 33) % below;
  };
  using namespace std::literals;
  constexpr auto bytes = "[]{}:,-?&*!|>'\"%@`#\n\t \x00\x80\xff\xfe.+~<=ExyZ079"sv;
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (size_t change = 0; change <= next(6); ++change) {
      const size_t at = next(text.size());
      if (next(3) == 0)
        text.erase(at, next(40));
      else
        text.insert(at, next(8) + 1, bytes[next(bytes.size())]);
    }
    complaint(text);  // accepted or refused, but answered
  }
}

}  // namespace
}  // namespace nnstretch::config
