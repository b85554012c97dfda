// Every public function, used in every wrong way there is: one clear error, of the kind its header
// says, in words that fit a program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <typeinfo>

#include "api/fake_network.h"
#include "api/limits.h"
#include "base/aligned.h"
#include "nnstretch/nnstretch.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

using testing::Bytes;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path kConfig = testing::source_folder() / "configs/tiny/TINY-R-CDG.yaml";
const std::filesystem::path kCat = testing::source_folder() / "assets/photos/cat.jpg";
const std::filesystem::path kNowhere = "/no/such/file.tflite";

void ignore(const Answer&) {}

// What the wrong calls are made on.
struct World {
  World() {
    std::ofstream made(empty_file());
    std::filesystem::create_directory(folder / "folder.tflite");
  }
  std::filesystem::path empty_file() const { return folder / "empty.tflite"; }

  testing::TemporaryFolder folder;
  Model model = Model::build(kConfig, {.int8 = false});
  FakeNetwork fake;
  Network network = fake.network();
  Session session{network};
  Stream stream{network, 2, ignore};
  AlignedBytes in{network.inputs()[0].bytes}, out{network.outputs()[0].bytes};
  // Each was moved from.
  Model no_model = model;
  Network no_network = network;
  Session no_session{network};
  Stream no_stream{network, 1, ignore};
  const Model model_too = std::move(no_model);
  const Network network_too = std::move(no_network);
  const Session session_too = std::move(no_session);
  const Stream stream_too = std::move(no_stream);
};

struct Misuse {
  std::string name;
  const std::type_info& error;
  std::function<void(World&)> call;
  std::string says = {};
};

std::ostream& operator<<(std::ostream& out, const Misuse& misuse) { return out << misuse.name; }

// Memory that cannot be: so many bytes at address 0.
std::span<std::byte> nothing(size_t bytes) { return {static_cast<std::byte*>(nullptr), bytes}; }

std::vector<Misuse> wrong_arguments() {
  const auto& usage = typeid(UsageError);
  const auto& shape = typeid(ShapeError);
  return {
      // Model
      {"ReadNoFile", typeid(IoError), [](World&) { Model::read(kNowhere); }},
      {"ReadNoName", typeid(FormatError), [](World&) { Model::read(""); }},
      {"ReadFolder", typeid(IoError), [](World& w) { Model::read(w.folder / "folder.tflite"); }},
      {"ReadEmptyFile", typeid(FormatError), [](World& w) { Model::read(w.empty_file()); }},
      {"ReadPicture", typeid(FormatError), [](World&) { Model::read(kCat); }},
      {"BuildNoFile", typeid(IoError), [](World&) { Model::build(kNowhere); }},
      {"BuildPicture", typeid(ConfigError), [](World&) { Model::build(kCat); }},
      {"BuildNegativeSize", usage, [](World&) { Model::build(kConfig, {.im_size = -1}); },
       "`im_size`"},
      {"BuildHugeSize", usage, [](World&) { Model::build(kConfig, {.im_size = 1'000'000'000}); }},
      {"BuildKeyWithoutValue", usage,
       [](World&) { Model::build(kConfig, {.overrides = {"OUT_DIR"}}); }},
      {"BuildUnknownKey", typeid(ConfigError),
       [](World&) {
         Model::build(kConfig, {.overrides = {"NO.SUCH_KEY", "1"}});
       }},
      {"BuildNoWeights", typeid(IoError),
       [](World&) { Model::build(kConfig, {.weights = kNowhere}); }},
      {"BuildNoPhotographs", typeid(IoError),
       [](World&) { Model::build(kConfig, {.calibration = kNowhere}); }},
      {"PrepareNoFile", typeid(IoError), [](World& w) { w.model.prepare(kNowhere); }},
      {"PrepareNoPicture", typeid(FormatError), [](World& w) { w.model.prepare(kConfig); }},
      // Network
      {"CompileNoMachine", typeid(IoError),
       [](World& w) { Network(w.model, {.machine = kNowhere}); }},
      {"CompileNoEngine", typeid(EngineError),
       [](World& w) { Network(w.model, {.engine = "abacus"}); }},
      {"CompileEmptyEngine", typeid(EngineError),
       [](World& w) { Network(w.model, {.engine = ""}); }},
      {"CompileNegativeThreads", usage,
       [](World& w) { Network(w.model, {.engine = "reference", .num_threads = -1}); },
       "`num_threads`"},
      {"CompileTooManyThreads", usage,
       [](World& w) { Network(w.model, {.engine = "reference", .num_threads = 100'000}); },
       "`num_threads`"},
      {"CompileNoMask", usage,
       [](World& w) { Network(w.model, {.engine = "reference", .core_affinity = "cores"}); },
       "`core_affinity`"},
      {"CompileMaskOfZero", usage,
       [](World& w) { Network(w.model, {.engine = "reference", .core_affinity = "0"}); },
       "`core_affinity`"},
      {"CompileCoresThatAreNot", usage,
       [](World& w) {
         Network(w.model, {.engine = "reference", .core_affinity = std::string(250, 'f')});
       },
       "`core_affinity`"},
      {"CompileWithoutNobody", usage,
       [](World& w) { Network(w.model, {.engine = "reference", .without = {"nobody"}}); }},
      // Session
      {"InputOfAnotherNumber", usage, [](World& w) { w.session.input(7); }, "no input 7"},
      {"OutputOfAnotherNumber", usage, [](World& w) { w.session.output(7); }, "no output 7"},
      {"RunOnLess", shape, [](World& w) { w.session.run(w.in.bytes().subspan(1), w.out.bytes()); }},
      {"RunIntoLess", shape,
       [](World& w) { w.session.run(w.in.bytes(), w.out.bytes().subspan(1)); }},
      {"RunOnNothing", shape, [](World& w) { w.session.run({}, w.out.bytes()); }},
      {"RunOnAddress0", shape,
       [](World& w) { w.session.run(nothing(w.in.bytes().size()), w.out.bytes()); }},
      {"RunIntoAddress0", shape,
       [](World& w) { w.session.run(w.in.bytes(), nothing(w.out.bytes().size())); }},
      {"MemoryOfAnotherSize", shape,
       [](World& w) { Session(w.network, {.inputs = {w.in.bytes().first(1)}}); }},
      {"MemoryOfTooMany", shape,
       [](World& w) {
         Session(w.network, {.inputs = {w.in.bytes(), w.in.bytes()}});
       }},
      {"MemoryAtAddress0", shape,
       [](World& w) { Session(w.network, {.outputs = {nothing(w.out.bytes().size())}}); }},
      {"MemoryNotAligned", shape,
       [](World& w) {
         AlignedBytes larger(w.in.bytes().size() + 64);
         Session(w.network, {.inputs = {larger.bytes().subspan(1, w.in.bytes().size())}});
       }},
      {"MemoryThatInputAndOutputShare", shape,
       [](World& w) {
         Session(w.network, {.inputs = {w.in.bytes()},
                             .outputs = {w.in.bytes().subspan(64, w.out.bytes().size())}});
       },
       "shares bytes"},
      {"SpareOfAnotherNetwork", shape,
       [](World& w) {
         const Network other(w.model, {.engine = "reference"});
         Session(w.network, {.spare = &other});
       }},
      // Stream
      {"StreamOfNoRequest", usage, [](World& w) { Stream(w.network, 0, ignore); }},
      {"StreamOfTooMany", usage, [](World& w) { Stream(w.network, 1025, ignore); }},
      {"StreamWithoutFunction", usage, [](World& w) { Stream(w.network, 1, {}); }},
      {"SubmitLess", shape, [](World& w) { w.stream.submit(w.in.bytes().subspan(1)); }},
      {"SubmitNothing", shape, [](World& w) { w.stream.submit(std::span<const std::byte>()); }},
      {"SubmitAddress0", shape, [](World& w) { w.stream.submit(nothing(w.in.bytes().size())); }},
      {"SubmitTooMany", shape,
       [](World& w) {
         const std::vector<std::span<const std::byte>> two(2, w.in.bytes());
         w.stream.submit(two);
       }},
      {"AnswerOfAnotherNumber", usage,
       [](World& w) {
         Stream asks(w.network, 1, [](const Answer& answer) { answer.output(7); });
         asks.submit(w.in.bytes());
         asks.wait_all();
       },
       "no output 7"},
      // Values
      {"FloatsOfLess", shape,
       [](World& w) { to_floats(w.out.bytes().subspan(1), w.network.outputs()[0]); }},
      {"FloatsOfOtherElements", shape,
       [](World& w) {
         TensorInfo other = w.network.outputs()[0];
         other.type = ElementType::other;
         to_floats(w.out.bytes(), other);
       }},
      {"TensorOfLess", shape, [](World& w) { from_floats({}, w.network.inputs()[0]); }},
  };
}

std::vector<Misuse> moved_from() {
  using Call = std::function<void(World&)>;
  const std::vector<std::pair<std::string, Call>> calls = {
      {"ModelName", [](World& w) { w.no_model.name(); }},
      {"ModelInputs", [](World& w) { w.no_model.inputs(); }},
      {"ModelOutputs", [](World& w) { w.no_model.outputs(); }},
      {"ModelImage", [](World& w) { w.no_model.image(); }},
      {"ModelNotes", [](World& w) { w.no_model.notes(); }},
      {"ModelPrepare", [](World& w) { w.no_model.prepare(kCat); }},
      {"NetworkOfModel", [](World& w) { Network made(w.no_model); }},
      {"NetworkInputs", [](World& w) { w.no_network.inputs(); }},
      {"NetworkOutputs", [](World& w) { w.no_network.outputs(); }},
      {"NetworkParts", [](World& w) { w.no_network.parts(); }},
      {"NetworkFallbacks", [](World& w) { w.no_network.fallbacks(); }},
      {"NetworkNotes", [](World& w) { w.no_network.notes(); }},
      {"NetworkHash", [](World& w) { w.no_network.hash(); }},
      {"SessionOfNetwork", [](World& w) { Session made(w.no_network); }},
      {"SessionWithSpare", [](World& w) { Session made(w.network, {.spare = &w.no_network}); }},
      {"StreamOfNetwork", [](World& w) { Stream made(w.no_network, 1, ignore); }},
      {"SessionInput", [](World& w) { w.no_session.input(); }},
      {"SessionOutput", [](World& w) { w.no_session.output(); }},
      {"SessionRun", [](World& w) { w.no_session.run(); }},
      {"SessionRunOn", [](World& w) { w.no_session.run(w.in.bytes(), w.out.bytes()); }},
      {"SessionCancel", [](World& w) { w.no_session.cancel(); }},
      {"SessionTimeline", [](World& w) { w.no_session.timeline(); }},
      {"SessionOnSpare", [](World& w) { w.no_session.on_spare(); }},
      {"StreamSubmit", [](World& w) { w.no_stream.submit(w.in.bytes()); }},
      {"StreamWaitAll", [](World& w) { w.no_stream.wait_all(); }},
  };
  std::vector<Misuse> all;
  for (const auto& [name, call] : calls)
    all.push_back({"MovedFrom" + name, typeid(UsageError), call, "was moved from"});
  return all;
}

World& world() {
  static World made;
  return made;
}

class ApiRefuses : public testing::WithTimeLimit, public ::testing::WithParamInterface<Misuse> {};

TEST_P(ApiRefuses, AndStaysUsable) {
  World& w = world();
  try {
    GetParam().call(w);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(typeid(error).name(), GetParam().error.name()) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(GetParam().says));
    EXPECT_THAT(error.what(), Not(HasSubstr("--"))) << "a flag of the command line";
    EXPECT_FALSE(error.message().where.empty() && error.message().fix.empty()) << error.what();
  }
  Bytes output(w.out.bytes().size());
  w.session.run(w.fake.input(), output);
  EXPECT_EQ(output, w.fake.expected());
  w.stream.submit(w.fake.input());
  w.stream.wait_all();
}

std::string name_of_misuse(const ::testing::TestParamInfo<Misuse>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(WrongArguments, ApiRefuses, ::testing::ValuesIn(wrong_arguments()),
                         name_of_misuse);
INSTANTIATE_TEST_SUITE_P(MovedFrom, ApiRefuses, ::testing::ValuesIn(moved_from()), name_of_misuse);

}  // namespace
}  // namespace nnstretch
