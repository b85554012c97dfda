// Engines as modules with their own copies of rooms: what crosses the border, and those that are
// not there. tests/e2e/engines_missing.sh breaks their files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "engines/absent_engine.h"
#include "engines/auto/auto_engine.h"
#include "engines/list.h"
#include "engines/module_engine.h"
#include "engines/reference/evaluate.h"
#include "engines/reference/reference_engine.h"
#include "engines/runner.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/errors.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using ::testing::HasSubstr;

const Processor kCpu = {.name = "p", .role = "cpu"};

ir::Model model() {
  testing::Random random(1);
  return testing::random_model(
      "x = input i8 1x4x4x8 q=0.05,3; y = conv x out=8 window=3x3 q=0.5,0; output y", random);
}

class Module : public ::testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Module);
INSTANTIATE_TEST_SUITE_P(Engines, Module,
                         ::testing::ValuesIn(testing::in_build({"openvino", "litert", "qnn"})),
                         [](const auto& info) { return info.param; });

TEST_P(Module, ThrowsErrorsThatTheProgramKnowsByTheirTypeAndText) {
  Processor nowhere = kCpu;
  nowhere.device = "abacus";
  const Engine& engine = testing::engine_named(GetParam());
  EXPECT_ERROR(engine.compile(model(), nowhere), EngineError, "has no device 'abacus'");
  try {
    engine.compile(model(), nowhere);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("abacus"));
    EXPECT_EQ(dynamic_cast<const ShapeError*>(&error), nullptr);
    EXPECT_NE(dynamic_cast<const EngineError*>(&error), nullptr);
    EXPECT_THAT(error.message().what, HasSubstr("abacus"));
  }
}

TEST_P(Module, IsOpenedOnceForAll) {
  const ModuleEngine another(GetParam());
  EXPECT_EQ(another.version(), testing::engine_named(GetParam()).version());
}

TEST(ModuleThatIsNotThere, IsADeviceThatSaysWhy) {
  const ModuleEngine engine("abacus");
  EXPECT_EQ(engine.version(), "");
  const auto devices = engine.devices();
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_FALSE(devices[0].usable);
  EXPECT_THAT(devices[0].why_not, HasSubstr("libnnstretch_engine_abacus.so"));
  EXPECT_EQ(engine.supports(model().graph, kCpu).refusals.size(), model().graph.size());
  EXPECT_ERROR(engine.compile(model(), kCpu), EngineError, "the engine abacus cannot be used",
               "libnnstretch_engine_abacus.so", "devices");
}

TEST(EnginesNotInTheBuild, AreListedAllTheSame) {
  for (const auto& engine : testing::engine_list().all()) {
    if (is_built(engine->name())) continue;
    EXPECT_EQ(engine->devices().at(0).why_not, "not in this build");
    EXPECT_EQ(&testing::engine_named(engine->name()), engine.get());
  }
}

TEST(FindUsable, TakesTheFirstThatIs) {
  constexpr std::array<std::string_view, 1> kReference = {"reference"};
  EXPECT_EQ(testing::engine_list().find_usable(kReference).name(), "reference");
  EXPECT_ERROR(testing::engine_list().find_usable({}), EngineError, "no engine can be used");
}

TEST(AutoEngine, TakesTheLastResortWhereNothingIsLeftToRace) {
  const AutoEngine engine({}, std::make_shared<ReferenceEngine>(), {});
  Runner runner(engine, model(), kCpu);
  EXPECT_EQ(runner.compiled().engine(), "reference");
}

}  // namespace
}  // namespace nnstretch::engines
