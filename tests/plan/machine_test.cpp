#include "plan/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "plan/fake_engine.h"
#include "support/errors.h"
#include "support/here.h"
#include "support/paths.h"

namespace nnstretch::plan {
namespace {

using ::testing::ElementsAre;
using testing::FakeEngine;
using ::testing::HasSubstr;

Topology cores(int count) {
  Topology topology;
  for (int id = 0; id < count; ++id)
    topology.cores.push_back({.id = id, .first_sibling = id, .cache = 0});
  return topology;
}

engines::Engines fakes() {
  return {std::make_shared<FakeEngine>("openvino"), std::make_shared<FakeEngine>("litert"),
          std::make_shared<FakeEngine>("qnn")};
}

Machine parse(const std::string& text) { return parse_machine(text, "m.yaml", cores(4), fakes()); }

TEST(MachineFile, IsReadFieldByField) {
  const Machine machine = parse(R"(processors:
  - {name: core0, role: cpu, also: [npu], engine: auto, cores: [1, 0], threads: 2, precision: bf16}
  - {name: core1, role: dsp, engine: litert, device: builtin, cores: [2], stand_in: true}
  - {name: htp, role: dsp, engine: qnn, device: htp}
)");
  ASSERT_EQ(machine.processors.size(), 3u);
  const engines::Processor& first = machine.processors[0];
  EXPECT_EQ(first.name, "core0");
  EXPECT_EQ(first.role, "cpu");
  EXPECT_EQ(first.engine, "auto");
  EXPECT_EQ(first.device, "cpu");
  EXPECT_THAT(first.cores, ElementsAre(0, 1));
  EXPECT_EQ(first.threads, 2);
  EXPECT_EQ(first.precision, engines::Precision::bf16);
  EXPECT_FALSE(first.stand_in);
  EXPECT_TRUE(machine.processors[1].stand_in);
  EXPECT_EQ(machine.processors[1].device, "builtin");
  EXPECT_EQ(machine.processors[1].threads, 1);
  EXPECT_THAT(machine.candidates("dsp"), ElementsAre(1, 2));
  EXPECT_THAT(machine.candidates("npu"), ElementsAre(0));
  EXPECT_THAT(machine.candidates("gpu"), ElementsAre());
}

TEST(MachineFile, ThatWasWrittenIsReadAsItWas) {
  const Machine machine = parse(R"(processors:
  - {name: a, role: cpu, also: [npu, gpu], engine: openvino, cores: [0, 3], precision: f32}
  - {name: b, role: dsp, cores: [2], stand_in: true}
  - {name: c, role: gpu, engine: litert, device: gpu}
)");
  const Machine again = parse(write_machine(machine));
  EXPECT_EQ(again.processors, machine.processors);
  EXPECT_EQ(again.also, machine.also);
}

TEST(MachineFile, IsRefusedWithLineAndReason) {
  const std::pair<std::string, std::string> cases[] = {
      {"processors: [", "m.yaml:1"},
      {"- 1", "m.yaml:1: the file is not a map with the key 'processors'"},
      {"", "m.yaml:1: the file is not a map"},
      {"processors: []", "m.yaml:1: 'processors' is not a list of processors"},
      {"cores: 3", "m.yaml:1: unknown key 'cores'"},
      {"processors:\n- 3", "m.yaml:2: a processor is not a map"},
      {"processors:\n- {role: cpu}", "m.yaml:2: a processor has no 'name'"},
      {"processors:\n- {name: a}", "m.yaml:2: a processor has no 'role'"},
      {"processors:\n- {name: a, role: cpu}\n- {name: a, role: dsp}",
       "m.yaml:3: two processors are named 'a'"},
      {"processors:\n- {name: a, role: cpu, speed: 3}", "m.yaml:2: a processor has no key 'speed'"},
      {"processors:\n- {name: a, name: b, role: cpu}", "m.yaml:2: 'name' is given twice"},
      {"processors:\n- name: a\n  role: cpu\n  engine: cuda",
       "m.yaml:4: there is no engine 'cuda': choose one of auto, openvino, litert"},
      {"processors:\n- {name: a, role: cpu, precision: int4}",
       "m.yaml:2: there is no precision 'int4': choose one of int8, f32, bf16"},
      {"processors:\n- {name: a, role: cpu, cores: [99]}",
       "m.yaml:2: there is no core 99 that may be used: this process may use 0, 1, 2, 3"},
      {"processors:\n- {name: a, role: cpu, cores: [-1]}", "m.yaml:2: '-1' is not a core"},
      {"processors:\n- {name: a, role: cpu, cores: [1, 1]}", "m.yaml:2: core 1 is given twice"},
      {"processors:\n- {name: a, role: cpu, cores: 1}", "m.yaml:2: 'cores' is not a list"},
      {"processors:\n- {name: a, role: cpu, cores: [1], threads: 2}",
       "m.yaml:2: 2 threads on 1 cores"},
      {"processors:\n- {name: a, role: cpu, threads: 9}", "m.yaml:2: 9 threads on 4 cores"},
      {"processors:\n- {name: a, role: cpu, threads: 0}", "m.yaml:2: a processor needs a thread"},
      {"processors:\n- {name: a, role: cpu, threads: 99999999999}", "is not a number of threads"},
      {"processors:\n- {name: a, role: cpu, stand_in: perhaps}",
       "'perhaps' is neither true nor false"},
      {"processors:\n- {name: 'a b', role: cpu}", "'a b' is not a name"},
      {"processors:\n- {name: a, role: [cpu]}", "a role is not one word"},
      {"processors:\n- {name: a, role: cpu, also: {x: y}}", "'also' is not a list of roles"},
      {"processors:\n- {name: a, role: cpu, also: gpu}\n- {name: b, role: dsp, also: gpu}",
       "m.yaml:3: two processors also play 'gpu'"},
      {"processors: &a\n- *a", "m.yaml:"},
  };
  for (const auto& [text, message] : cases) try {
      parse(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message)) << text;
    }
}

TEST(MachineFile, ThatIsNotThereIsAnError) {
  const testing::TemporaryFolder folder;
  EXPECT_ERROR(read_machine(folder / "none.yaml", testing::here()), IoError, "/none.yaml: cannot ",
               "No such file");
}

// ---- without a file

std::string said(const Machine& machine) {
  std::string text;
  for (const auto& p : machine.processors) {
    const std::string where = p.cores.empty() ? fmt::format("{}/{}", p.engine, p.device)
                                              : fmt::format("{}", fmt::join(p.cores, ","));
    text += fmt::format("{}:{}{} ", p.role, where, p.stand_in ? "*" : "");
  }
  for (const auto& [role, at] : machine.also)
    text += fmt::format("{}={} ", role, machine.processors[at].name);
  return text;
}

std::vector<std::string> texts(const Machine& machine) {
  std::vector<std::string> texts;
  for (const Note& note : machine.notes) texts.push_back(note.text);
  return texts;
}

std::string found(const std::vector<std::string>& roles, int count, DiscoverOptions options = {}) {
  return said(discover(roles, options, cores(count), fakes()));
}

TEST(Discover, DealsACoreToEachRoleAndTheRestToTheCpu) {
  EXPECT_EQ(found({"cpu", "dsp"}, 2), "cpu:0 dsp:1* ");
  EXPECT_EQ(found({"dsp", "cpu"}, 2), "dsp:0* cpu:1 ");
  EXPECT_EQ(found({"cpu", "dsp"}, 4), "cpu:0,2,3 dsp:1* ");
  EXPECT_EQ(found({"dsp", "gpu"}, 4), "dsp:0* gpu:1* ");
}

TEST(Discover, GivesOneRoleAloneOneCore) {
  EXPECT_EQ(found({"cpu"}, 4), "cpu:0 ");
  EXPECT_EQ(found({"gpu"}, 4), "gpu:0* ");
}

TEST(Discover, LetsRolesShareWhenThereAreTooFewCores) {
  EXPECT_EQ(found({"cpu", "dsp", "gpu"}, 2), "cpu:0* dsp:1* gpu=core0 ");
  EXPECT_EQ(found({"cpu", "dsp"}, 1), "cpu:0* dsp=core0 ");
  EXPECT_EQ(found({"dsp", "cpu"}, 1), "dsp:0* cpu=core0 ");
  const Machine machine = discover({"cpu", "dsp", "gpu"}, {}, cores(2), fakes());
  EXPECT_THAT(texts(machine),
              ElementsAre(HasSubstr("core1 stands in for dsp"),
                          HasSubstr("cpu and gpu share core0: there are more roles than "
                                    "cores; it stands in for gpu")));
}

TEST(Machine, WithoutAProcessorHasNothingToNoteOfIt) {
  const Machine machine = discover({"cpu", "dsp", "gpu", "npu"}, {}, cores(3), fakes());
  EXPECT_EQ(said(machine), "cpu:0* dsp:1* gpu:2* npu=core0 ");
  EXPECT_THAT(texts(without(machine, {"core1"})),
              ElementsAre(HasSubstr("core2 stands in for gpu"), HasSubstr("share core0")));
  EXPECT_THAT(texts(without(machine, {"core0"})),
              ElementsAre(HasSubstr("core1 stands in for dsp"), HasSubstr("core2 stands in")));
}

TEST(Discover, ObeysTheCapAndTheChoiceOfCores) {
  EXPECT_EQ(found({"cpu", "dsp"}, 8, {.num_threads = 3}), "cpu:0,2 dsp:1* ");
  EXPECT_EQ(found({"cpu", "dsp"}, 8, {.num_threads = 1}), "cpu:0* dsp=core0 ");
  EXPECT_EQ(found({"cpu", "dsp"}, 8, {.cores = std::vector{4, 6, 7}}), "cpu:4,7 dsp:6* ");
}

TEST(Discover, NamesTheCoresWhenMoreAreAskedFor) {
  const auto message = [](DiscoverOptions options) -> std::string {
    try {
      found({"cpu", "dsp"}, 2, options);
      return "no error";
    } catch (const UsageError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(message({.num_threads = 4}),
            "`num_threads`: 4 threads are asked for, there are 2 cores (0, 1)");
  EXPECT_EQ(message({.cores = std::vector{0, 5}}),
            "`core_affinity`: core 5 is asked for, there are 2 cores (0, 1)");
  EXPECT_THAT(message({.cores = std::vector<int>{}}), HasSubstr("no core is left"));
  EXPECT_THAT(message({.num_threads = -1}), HasSubstr("`num_threads`"));
}

TEST(Discover, LeavesSecondHardwareThreadsAndOtherKindsOfCoresAlone) {
  Topology smt = cores(4);
  smt.cores[2].first_sibling = 0;
  smt.cores[3].first_sibling = 1;
  EXPECT_EQ(said(discover({"cpu", "dsp"}, {}, smt, fakes())), "cpu:0 dsp:1* ");
  EXPECT_EQ(said(discover({"cpu", "dsp", "gpu"}, {}, smt, fakes())), "cpu:0 dsp:1* gpu:2* ");
  EXPECT_EQ(said(discover({"cpu", "dsp"}, {.num_threads = 3}, smt, fakes())), "cpu:0,2 dsp:1* ");
  Topology phone = cores(6);
  for (int core = 0; core < 3; ++core) phone.cores[static_cast<size_t>(core)].capacity = 400;
  EXPECT_EQ(said(discover({"cpu", "dsp"}, {}, phone, fakes())), "cpu:3,5 dsp:4* ");
}

TEST(Discover, GivesARoleTheHardwareThatAnEngineReaches) {
  auto engine = std::make_shared<FakeEngine>("openvino");
  engine->device_list.push_back({.name = "gpu", .full_name = "Arc", .why_not = {}});
  engine->device_list.push_back(
      {.name = "npu", .full_name = "", .usable = false, .why_not = "none"});
  EXPECT_EQ(said(discover({"cpu", "dsp", "gpu"}, {}, cores(2), {engine})),
            "gpu:openvino/gpu cpu:0 dsp:1* ");
  EXPECT_EQ(said(discover({"cpu", "gpu"}, {.engine = "litert"}, cores(2), {engine})),
            "cpu:0 gpu:1* ");
}

TEST(Discover, DoesNotTakeAGpuThatIsMadeOfSoftware) {
  auto engine = std::make_shared<FakeEngine>("litert");
  engine->device_list.push_back(
      {.name = "gpu", .full_name = "SwiftShader", .emulated = true, .why_not = {}});
  EXPECT_EQ(said(discover({"cpu", "gpu"}, {}, cores(2), {engine})), "cpu:0 gpu:1* ");
}

TEST(CoreMask, IsReadAsTasksetTakesIt) {
  EXPECT_THAT(parse_core_mask("f0"), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(parse_core_mask("0x3"), ElementsAre(0, 1));
  EXPECT_THAT(parse_core_mask("10000000000000001"), ElementsAre(0, 64));
  for (const char* bad : {"", "0", "0x", "g", "-1", "1 2"})
    EXPECT_ERROR(parse_core_mask(bad), UsageError, "`core_affinity`", std::string("'") + bad + "'",
                 "as taskset does")
        << bad;
}

}  // namespace
}  // namespace nnstretch::plan
