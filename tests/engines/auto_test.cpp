// The competition of engines, with engines whose speed and failures are made up.
#include "engines/auto/auto_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "engines/auto/core_kinds.h"
#include "support/errors.h"
#include "support/paths.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Busy for a time that does not depend on who else is running.
struct FakeSettings {
  std::string name = "fake";
  double microseconds = 100;
  std::string refusal = {}, compile_error = {}, run_error = {};
  std::string version = "1";
};

class FakeEngine : public Engine {
 public:
  explicit FakeEngine(FakeSettings settings) : settings_(std::move(settings)) {}
  std::string name() const override { return settings_.name; }
  std::string version() const override { return settings_.version; }
  std::vector<DeviceInfo> devices() const override {
    return {{.name = "cpu",
             .full_name = settings_.name,
             .usable = settings_.refusal.empty(),
             .why_not = settings_.refusal}};
  }
  Support supports(const ir::Graph& part, const Processor&) const override {
    Support support;
    if (!settings_.refusal.empty())
      support.refusals.push_back({part.node(0).name, "input", settings_.refusal});
    return support;
  }
  std::shared_ptr<const CompiledPart> compile(const ir::Model& part,
                                              const Processor&) const override {
    ++compiled;
    cores_at_compile = allowed_cores();
    last_part = part;
    if (!settings_.compile_error.empty()) throw EngineError({.what = settings_.compile_error});
    return std::make_shared<Part>(*this);
  }

  mutable std::atomic<int> compiled = 0, run = 0;
  mutable std::vector<int> cores_at_compile, cores_at_run;
  mutable ir::Model last_part;

 private:
  struct Instance : PartInstance {
    explicit Instance(const FakeEngine& engine) : engine(engine) {}
    void bind(std::span<const Buffer>, std::span<const Buffer>) override {}
    void run() override {
      ++engine.run;
      engine.cores_at_run = allowed_cores();
      if (!engine.settings_.run_error.empty())
        throw EngineError({.what = engine.settings_.run_error});
      const double end = thread_cpu_us() + engine.settings_.microseconds;
      while (thread_cpu_us() < end) {}
    }
    const FakeEngine& engine;
  };
  struct Part : CompiledPart {
    explicit Part(const FakeEngine& engine) : engine_(engine) {}
    std::unique_ptr<PartInstance> instantiate() const override {
      return std::make_unique<Instance>(engine_);
    }
    std::string engine() const override { return engine_.name(); }
    std::vector<std::string> notes() const override { return {engine_.name() + " has a remark"}; }
    const FakeEngine& engine_;
  };

  FakeSettings settings_;
};

ir::Model small_model(std::string_view text = "x = input f32 1x2x2x3; y = act x; output y") {
  Random random(1);
  return random_model(text, random);
}

class AutoEngineTest : public ::testing::Test {
 protected:
  using Fake = std::shared_ptr<FakeEngine>;
  Fake fake(FakeSettings settings) { return std::make_shared<FakeEngine>(std::move(settings)); }
  AutoEngine engine_of(Engines candidates, std::shared_ptr<const Engine> last_resort = nullptr) {
    return AutoEngine(std::move(candidates), std::move(last_resort), file());
  }
  std::filesystem::path file() const { return folder_ / "engines.json"; }

  TemporaryFolder folder_;
  Fake slow_ = fake({.name = "slow", .microseconds = 3000});
  Fake fast_ = fake({.name = "fast", .microseconds = 50});
};

TEST_F(AutoEngineTest, KeepsTheFasterWhateverTheOrder) {
  EXPECT_EQ(engine_of({slow_, fast_}).compile(small_model(), {})->engine(), "fast");
  std::filesystem::remove(file());
  EXPECT_EQ(engine_of({fast_, slow_}).compile(small_model(), {})->engine(), "fast");
}

TEST_F(AutoEngineTest, SaysWhatItComparedAndWhatTheChosenEngineSays) {
  const auto notes = engine_of({slow_, fast_}).compile(small_model(), {})->notes();
  EXPECT_THAT(notes, ElementsAre(::testing::MatchesRegex("fast [0-9]+ us, slow [0-9]+ us"),
                                 "fast has a remark"));
}

TEST_F(AutoEngineTest, RemembersTheChoiceAndRunsNothingTheSecondTime) {
  engine_of({slow_, fast_}).compile(small_model(), {});
  const int runs = fast_->run + slow_->run;
  const auto part = engine_of({slow_, fast_}).compile(small_model(), {});
  EXPECT_EQ(part->engine(), "fast");
  EXPECT_THAT(part->notes()[0], HasSubstr("remembered"));
  EXPECT_EQ(fast_->run + slow_->run, runs);
  EXPECT_EQ(slow_->compiled, 1);
}

TEST_F(AutoEngineTest, ComparesAnewForAnotherPartVersionOrSetting) {
  const ir::Model model = small_model();
  engine_of({slow_, fast_}).compile(model, {});
  const auto compares = [&](const AutoEngine& engine, const ir::Model& part, Processor processor) {
    const int before = slow_->run;
    engine.compile(part, processor);
    return slow_->run > before;
  };
  EXPECT_FALSE(compares(engine_of({slow_, fast_}), model, {}));
  EXPECT_TRUE(compares(engine_of({slow_, fast_}),
                       small_model("x = input f32 1x2x2x4; y = act x; output y"), {}));
  Processor processor;
  processor.threads = 2;
  EXPECT_TRUE(compares(engine_of({slow_, fast_}), model, processor));
  const auto newer = fake({.name = "fast", .microseconds = 50, .version = "2"});
  EXPECT_TRUE(compares(engine_of({slow_, newer}), model, {}));
}

// A little core has other caches and other units: what is faster there need not be elsewhere.
TEST_F(AutoEngineTest, ComparesAnewForAnotherKindOfCore) {
  const std::vector<int> cores = allowed_cores();
  if (cores.size() < 2) GTEST_SKIP() << "there is one core only";
  const auto compares = [&](int core, const Topology& topology) {
    const int before = slow_->run;
    Processor processor;
    processor.cores = {core};
    AutoEngine({slow_, fast_}, nullptr, file(), topology).compile(small_model(), processor);
    return slow_->run > before;
  };
  const Topology alike{{{.id = cores[0]}, {.id = cores[1]}}};
  EXPECT_TRUE(compares(cores[0], alike));
  EXPECT_FALSE(compares(cores[1], alike));
  const Topology unlike{{{.id = cores[0], .capacity = 400}, {.id = cores[1]}}};
  EXPECT_TRUE(compares(cores[0], unlike));
  EXPECT_TRUE(compares(cores[1], unlike));
  EXPECT_FALSE(compares(cores[0], unlike));
}

TEST_F(AutoEngineTest, NotesWhyAnEngineWasLeftOut) {
  const auto refuses = fake({.name = "picky", .refusal = "no such device"});
  const auto breaks = fake({.name = "broken", .compile_error = "out of registers"});
  const auto crashes = fake({.name = "crashing", .run_error = "bad kernel"});
  const auto part = engine_of({refuses, breaks, crashes, slow_}).compile(small_model(), {});
  EXPECT_EQ(part->engine(), "slow");
  const std::string notes = ::testing::PrintToString(part->notes());
  EXPECT_THAT(notes, HasSubstr("picky left out: input 'x': no such device"));
  EXPECT_THAT(notes, HasSubstr("out of registers"));
  EXPECT_THAT(notes, HasSubstr("bad kernel"));
}

TEST_F(AutoEngineTest, NotesRefusalsAlsoWhenItRemembers) {
  const auto refuses = fake({.name = "picky", .refusal = "no such device"});
  engine_of({refuses, fast_}).compile(small_model(), {});
  const auto part = engine_of({refuses, fast_}).compile(small_model(), {});
  EXPECT_THAT(part->notes()[0], HasSubstr("remembered"));
  EXPECT_THAT(part->notes()[1], HasSubstr("no such device"));
}

TEST_F(AutoEngineTest, DoesNotRememberAChoiceMadeWhileAnEngineFailed) {
  const auto breaks = fake({.name = "broken", .compile_error = "out of registers"});
  engine_of({breaks, slow_}).compile(small_model(), {});
  engine_of({breaks, slow_}).compile(small_model(), {});
  EXPECT_EQ(breaks->compiled, 2);
}

TEST_F(AutoEngineTest, TakesTheLastResortOnlyIfNothingElseWorks) {
  const auto last = fake({.name = "last", .microseconds = 1});
  EXPECT_EQ(engine_of({slow_}, last).compile(small_model(), {})->engine(), "slow");
  EXPECT_EQ(last->compiled, 0);
  const auto refuses = fake({.name = "picky", .refusal = "no such device"});
  const auto part = engine_of({refuses}, last).compile(small_model(), {});
  EXPECT_EQ(part->engine(), "last");
  EXPECT_THAT(part->notes()[0], HasSubstr("no such device"));
}

TEST_F(AutoEngineTest, FailsWithTheReasonsOfAllIfNothingWorks) {
  const auto refuses = fake({.name = "picky", .refusal = "no such device"});
  const auto breaks = fake({.name = "broken", .compile_error = "out of registers"});
  try {
    engine_of({refuses}, breaks).compile(small_model(), {});
    FAIL();
  } catch (const EngineError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no such device"));
    EXPECT_THAT(error.what(), HasSubstr("out of registers"));
    EXPECT_THAT(error.what(), HasSubstr("sample"));  // the part
  }
  EXPECT_ERROR(engine_of({}).compile(small_model(), {}), EngineError, "no engine takes the part",
               "devices");
}

TEST_F(AutoEngineTest, CompilesUnboundAndTimesOnTheProcessorsCores) {
  const std::vector<int> all = allowed_cores();
  Processor processor;
  processor.cores = {all.back()};
  engine_of({slow_, fast_}).compile(small_model(), processor);
  EXPECT_EQ(fast_->cores_at_compile, all);
  EXPECT_EQ(fast_->cores_at_run, processor.cores);
  EXPECT_EQ(allowed_cores(), all);
  processor.cores = {100'000};
  EXPECT_ERROR(engine_of({fast_}).compile(small_model(), processor), EngineError,
               "name cores that this process may use");
}

TEST_F(AutoEngineTest, GivesEveryEngineThePartInFloatIfThePrecisionIsFloat) {
  const ir::Model int8 =
      small_model("x = input i8 1x2x2x3 q=0.1,0; y = conv x out=4 window=1x1 q=0.1,0; output y");
  Processor processor;
  processor.precision = Precision::f32;
  engine_of({fast_}).compile(int8, processor);
  const ir::Graph& given = fast_->last_part.graph;
  for (ir::NodeId id = 0; id < given.size(); ++id)
    EXPECT_TRUE(!given.op_if<ir::Conv2d>(id) || given.node(id).type.dtype == DType::f32);
  engine_of({fast_}).compile(int8, {});
  EXPECT_EQ(fast_->last_part.graph.node(1).type.dtype, DType::i8);
}

TEST_F(AutoEngineTest, ReplacesAFileThatIsNotUnderstood) {
  for (const std::string text :
       {"", "{", "[]", R"({"schema":1})", R"({"schema":1,"choices":7})",
        R"({"schema":1,"choices":{"k":{"engine":3,"us":{}}}})", R"({"schema":99,"choices":{}})"}) {
    write_atomic(file(), text);
    EXPECT_EQ(engine_of({slow_, fast_}).compile(small_model(), {})->engine(), "fast") << text;
    const int runs = fast_->run;
    engine_of({slow_, fast_}).compile(small_model(), {});
    EXPECT_EQ(fast_->run, runs) << text;
  }
}

TEST_F(AutoEngineTest, WorksWhereNothingCanBeWritten) {
  write_atomic(folder_ / "occupied", std::string_view("a file"));
  const AutoEngine engine({slow_, fast_}, nullptr, folder_ / "occupied" / "engines.json");
  EXPECT_EQ(engine.compile(small_model(), {})->engine(), "fast");
}

TEST_F(AutoEngineTest, ComparesAnewIfTheRememberedEngineIsGone) {
  engine_of({slow_, fast_}).compile(small_model(), {});
  std::string text = read_text(file());
  text.replace(text.find("\"engine\": \"fast\""), 16, "\"engine\": \"gone\"");
  write_atomic(file(), text);
  EXPECT_EQ(engine_of({slow_, fast_}).compile(small_model(), {})->engine(), "fast");
}

TEST_F(AutoEngineTest, UnitesTheDevicesOfItsEngines) {
  const auto refuses = fake({.name = "picky", .refusal = "no driver"});
  const auto devices = engine_of({refuses, fast_}).devices();
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_TRUE(devices[0].usable);
  EXPECT_EQ(devices[0].full_name, "fast");
  EXPECT_EQ(engine_of({refuses}).devices()[0].why_not, "picky: no driver");
}

TEST_F(AutoEngineTest, SupportsWhatOneEngineSupportsWhole) {
  const auto refuses = fake({.name = "picky", .refusal = "no driver"});
  EXPECT_TRUE(engine_of({refuses, fast_}).supports(small_model().graph, {}).complete());
  EXPECT_TRUE(engine_of({refuses}, fast_).supports(small_model().graph, {}).complete());
  const auto refusals = engine_of({refuses}).supports(small_model().graph, {}).refusals;
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].reason, "picky: no driver");
}

TEST_F(AutoEngineTest, RefusesANodeOnceWithTheReasonsOfAll) {
  const auto one = fake({.name = "one", .refusal = "no driver"});
  const auto two = fake({.name = "two", .refusal = "no memory"});
  const auto refusals = engine_of({one, two}).supports(small_model().graph, {}).refusals;
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].node, "x");
  EXPECT_EQ(refusals[0].reason, "one: no driver; two: no memory");
}

TEST(CoreKinds, AreTheCapacitiesOfTheCoresIfTheMachineHasSeveral) {
  const Topology phone{{{.id = 0, .capacity = 400}, {.id = 1, .capacity = 400}, {.id = 2}}};
  EXPECT_EQ(core_kinds(std::vector{0, 1}, phone), "400");
  EXPECT_EQ(core_kinds(std::vector{2, 1}, phone), "400 1024");
  EXPECT_EQ(core_kinds({}, phone), "");
  EXPECT_EQ(core_kinds(std::vector{0}, Topology{{{.id = 0, .capacity = 400}}}), "");
}

}  // namespace
}  // namespace nnstretch::engines
