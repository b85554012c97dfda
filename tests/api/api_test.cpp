// The public interface on a small real network, against the command's own way to an answer.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <thread>

#include "api/fake_network.h"
#include "base/aligned.h"
#include "base/clock.h"
#include "formats/model_file.h"
#include "image/image.h"
#include "ir/text.h"
#include "nnstretch/nnstretch.h"
#include "pipeline/infer.h"
#include "pipeline/network.h"
#include "quantize/int8.h"
#include "support/absent.h"
#include "support/errors.h"
#include "support/here.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

using Bytes = std::vector<std::byte>;

const std::filesystem::path kConfig = testing::source_folder() / "configs/tiny/TINY-R-CDG.yaml";
const std::filesystem::path kCat = testing::source_folder() / "assets/photos/cat.jpg";
const std::filesystem::path kDogs = testing::source_folder() / "assets/photos/dogs.jpg";
const CompileOptions kReference = {.engine = "reference", .plan = PlanKind::parts};

const Model& tiny() {
  static const Model model = Model::build(kConfig, {.int8 = false});
  return model;
}

// As `nnstretch infer --engine reference` computes it.
Bytes expected(const std::filesystem::path& image) {
  const ir::Model model = quantize::prepare(pipeline::float_model(config::load(kConfig), {}));
  const auto input = pipeline::load_picture(image, model);
  return pipeline::infer(model, {.engine = "reference"}, /*sequential=*/true, input,
                         testing::here())
      .outputs[0]
      .bytes;
}

TEST(Api, DescribesInputsOutputsAndImages) {
  const Model& model = tiny();
  EXPECT_EQ(model.name(), "TINY-R-CDG");
  ASSERT_EQ(model.inputs().size(), 1u);
  const TensorInfo input = model.inputs()[0];
  const int crop = model.image().crop;
  EXPECT_EQ(input.shape, (std::vector<int64_t>{1, crop, crop, 3}));
  EXPECT_EQ(input.type, ElementType::float32);
  EXPECT_EQ(input.bytes, static_cast<size_t>(crop) * crop * 3 * 4);
  EXPECT_TRUE(model.image().bgr);
  const Network network(model, kReference);
  EXPECT_EQ(network.inputs()[0].shape, input.shape);
  EXPECT_EQ(network.outputs()[0].bytes, model.outputs()[0].bytes);
  for (const Part& part : network.parts()) EXPECT_EQ(part.engine, "reference");
}

TEST(Api, AnswersAsTheCommandFromSeveralThreadsAtOnce) {
  const Network network(tiny(), kReference);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (const auto& image : {kCat, kDogs})
    threads.emplace_back([&, image] {
      Session session(network);
      Bytes output(network.outputs()[0].bytes);
      const Bytes input = tiny().prepare(image), wanted = expected(image);
      for (int i = 0; i < 5; ++i) {
        session.run(input, output);
        wrong += output != wanted;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Api, UsesTheCallersMemoryOrSaysWhyNot) {
  const Network network(tiny(), kReference);
  AlignedBytes in(network.inputs()[0].bytes), out(network.outputs()[0].bytes);
  Session session(network, {.inputs = {in.bytes()}, .outputs = {out.bytes()}});
  const Bytes input = tiny().prepare(kCat);
  std::copy(input.begin(), input.end(), in.data());
  session.run();
  EXPECT_EQ(Bytes(out.bytes().begin(), out.bytes().end()), expected(kCat));
  EXPECT_ERROR(Session(network, {.inputs = {in.bytes().subspan(1)}}), ShapeError,
               "input: the memory given has 49151 bytes", "has 49152");
}

TEST(Api, CompilesForFewerProcessors) {
  const Network network(tiny(), kReference);
  CompileOptions fewer = kReference;
  fewer.without = {network.parts().back().processor};
  const Network spare(tiny(), fewer);
  for (const Part& part : spare.parts()) EXPECT_NE(part.processor, fewer.without[0]);
  Session session(spare);
  Bytes output(spare.outputs()[0].bytes);
  session.run(tiny().prepare(kCat), output);
  EXPECT_EQ(output, expected(kCat));
  fewer.without = {"nobody"};
  EXPECT_ERROR(Network(tiny(), fewer), UsageError, "there is no processor 'nobody'", "devices");
}

TEST(Api, StreamsTheSameAnswersInOrder) {
  const Network network(tiny(), kReference);
  const Bytes cat = tiny().prepare(kCat), dogs = tiny().prepare(kDogs);
  std::vector<Bytes> answers;
  Stream stream(network, 3, [&](const Answer& answer) {
    EXPECT_EQ(answer.number(), answers.size());
    EXPECT_EQ(answer.timeline().parts.size(), network.parts().size());
    answers.emplace_back(answer.output().begin(), answer.output().end());
  });
  for (int i = 0; i < 4; ++i) stream.submit(i % 2 ? dogs : cat);
  stream.wait_all();
  const Bytes a = expected(kCat), b = expected(kDogs);
  EXPECT_EQ(answers, (std::vector<Bytes>{a, b, a, b}));
}

TEST(Api, TellsWhenEachPartRan) {
  const Network network(tiny(), kReference);
  Session session(network, {.sequential = true});
  session.run();
  const Timeline line = session.timeline();
  const auto parts = network.parts();
  ASSERT_EQ(line.parts.size(), parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(line.parts[i].part, parts[i].name);
    EXPECT_EQ(line.parts[i].processor, parts[i].processor);
    EXPECT_LT(line.parts[i].start_us, line.parts[i].end_us);
    EXPECT_LE(line.parts[i].end_us, line.latency_us);
  }
}

TEST(Api, TurnsRealNumbersIntoTensorsAndBack) {
  const TensorInfo info{.name = "x",
                        .type = ElementType::int8,
                        .shape = {1, 4},
                        .bytes = 4,
                        .scale = 0.5f,
                        .zero_point = 3};
  const std::vector<float> values = {0, 1.5f, -4, 1000};
  const std::vector<int8_t> stored = {3, 6, -5, 127};  // by hand: round(value / 0.5) + 3, clamped
  const Bytes bytes = from_floats(values, info);
  EXPECT_EQ(bytes, Bytes(std::as_bytes(std::span(stored)).begin(),
                         std::as_bytes(std::span(stored)).end()));
  EXPECT_EQ(to_floats(bytes, info), (std::vector<float>{0, 1.5f, -4, 62}));
  EXPECT_ERROR(to_floats(std::span(bytes).first(3), info), ShapeError,
               "3 bytes were given, it has 4");
  EXPECT_ERROR(from_floats(std::span(values).first(3), info), ShapeError,
               "3 values were given, it has 4");
  TensorInfo other = info;
  other.type = ElementType::other;
  EXPECT_ERROR(to_floats(bytes, other), ShapeError, "neither float32, int8 nor uint8");
}

// Ends of uint8: a network that gives the mean colour of a picture, whatever counts it.
TEST(Api, FeedsAndReadsUint8ByItsOwnRange) {
  const testing::TemporaryFolder folder;
  ir::Model mean{
      .graph = ir::parse("x = input u8 1x4x4x3 q=0.00392157,0\ns = quantize x "
                         "q=0.00392157,-128\nm = mean s keep=0 q=0.00392157,-128\n"
                         "y = quantize m to=u8 q=0.00392157,0\noutput y"),
      .weights = {},
      .name = "mean",
      .preprocess = {
          .resize = 4, .crop = 4, .mean = {}, .std = {1, 1, 1}, .colour = image::Colour::rgb}};
  const std::vector<std::string> labels = {"red", "green", "blue"};
  write_model(folder / "mean.tflite", mean, {.labels = labels});
  const Model model = Model::read(folder / "mean.tflite");
  EXPECT_EQ(model.labels(), labels);
  EXPECT_EQ(model.inputs()[0].type, ElementType::uint8);
  image::Image picture{.height = 4, .width = 4, .rgb = {}};
  for (int i = 0; i < 16; ++i) picture.rgb.insert(picture.rgb.end(), {90, 250, 90});
  const auto input = from_floats(image::prepare(picture, mean.preprocess), model.inputs()[0]);
  EXPECT_EQ(std::to_integer<int>(input[0]), 90);
  EXPECT_EQ(std::to_integer<int>(input[1]), 250);
  for (const std::string& engine : testing::in_build({"reference", "openvino", "litert", "auto"})) {
    const Network network(model, {.engine = engine, .plan = PlanKind::parts});
    Session session(network);
    std::copy(input.begin(), input.end(), session.input().begin());
    session.run();
    const auto logits = to_floats(session.output(), network.outputs()[0]);
    EXPECT_NEAR(logits[1], 250 / 255.0, 0.004) << engine;
    EXPECT_NEAR(logits[0], 90 / 255.0, 0.004) << engine;
    EXPECT_EQ(top(logits, 3), (std::vector<size_t>{1, 0, 2})) << engine;  // equal: lowest first
  }
}

TEST(Api, TurnsBothEndsOfUint8) {
  const TensorInfo info{.name = "x",
                        .type = ElementType::uint8,
                        .shape = {5},
                        .bytes = 5,
                        .scale = 2,
                        .zero_point = 128};
  const std::vector<float> values = {-256, 254, -1e9f, 1e9f, 0};
  const std::vector<uint8_t> stored = {0, 255, 0, 255, 128};
  const Bytes bytes = from_floats(values, info);
  EXPECT_EQ(bytes, Bytes(std::as_bytes(std::span(stored)).begin(),
                         std::as_bytes(std::span(stored)).end()));
  EXPECT_EQ(to_floats(bytes, info), (std::vector<float>{-256, 254, -256, 254, 0}));
  EXPECT_ERROR(from_floats(std::vector<float>{0, 0, std::nanf(""), 0, 0}, info), FormatError,
               "value 2 is NaN");
}

TEST(Api, SaysWhatIsNotWhereItShouldBeOrRefusesIt) {
  const testing::TemporaryFolder folder;
  CompileOptions options{.machine = folder / "machine.yaml"};
  std::ofstream(options.machine) << "processors: [{name: one, role: cpu, engine: reference}]";
  const Network network(tiny(), options);
  std::set<std::string> moved;
  for (const Fallback& fallback : network.fallbacks()) {
    moved.insert(fallback.what);
    EXPECT_EQ(fallback.ran_on, "one");
    EXPECT_NE(fallback.reason.find("the machine has no processor"), std::string::npos);
  }
  EXPECT_EQ(moved, (std::set<std::string>{"role dsp", "role gpu"}));
  EXPECT_TRUE(Network(tiny(), kReference).fallbacks().empty());
  options.strict = true;
  EXPECT_ERROR(Network(tiny(), options), EngineError, "no processor for the role 'dsp'",
               "without `strict`");
}

// ---- engines that do what a test wants: a network of two branches on a cpu and a dsp

using testing::FakeNetwork;

TEST(Api, NamesThePartThatFailedAndStaysUsable) {
  FakeNetwork fake;
  std::atomic<bool> fails = true;
  fake.engine.on_run = [&](const std::string& part) {
    if (fails && part == "two/s1.dsp") throw EngineError({.what = "the driver is gone"});
  };
  const Network network = fake.network();
  Session session(network);
  Bytes output(session.output().size());
  try {
    session.run(fake.input(), output);
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_STREQ(error.what(), "s1.dsp on the_dsp: the driver is gone");
  }
  Stream stream(network, 1, [](const Answer& answer) { answer.output(); });
  const auto ask = [&] {  // the answer comes out of either, as soon as it is there
    stream.submit(fake.input());
    stream.wait_all();
  };
  EXPECT_ERROR(ask(), EngineError, "s1.dsp on the_dsp: the driver is gone");
  fails = false;
  session.run(fake.input(), output);
  EXPECT_EQ(output, fake.expected());
  EXPECT_FALSE(session.on_spare());
}

TEST(Api, EndsARunThatAnotherThreadCancels) {
  FakeNetwork fake;
  testing::Recorder recorder;
  fake.engine.on_run = [&](const std::string& part) {
    if (part != "two/stem") return;
    recorder.note("runs");
    recorder.wait_until("cancelled");
  };
  Session session(fake.network());
  Bytes output(session.output().size());
  session.cancel();  // there is nothing to cancel
  std::thread other([&] {
    recorder.wait_until("runs");
    session.cancel();
    recorder.note("cancelled");
  });
  EXPECT_THROW(session.run(fake.input(), output), Cancelled);
  other.join();
  session.run(fake.input(), output);
  EXPECT_EQ(output, fake.expected());
}

TEST(Api, GoesToTheSpareWhileTheNetworkIsSlowOrFailsAndComesBack) {
  FakeNetwork first, second;
  std::atomic<bool> slow = false, fails = false;
  first.engine.on_run = [&](const std::string&) {
    if (fails) throw EngineError({.what = "injected"});
    for (const double end = now_us() + (slow ? 2000 : 0); now_us() < end;) {}
  };
  const Network network = first.network(), spare = second.network();
  Session session(network, {.spare = &spare});
  Bytes output(session.output().size());
  // Runs until the other network has run, at most so often.
  const auto runs_until = [&](bool on_spare) {
    for (int runs = 0; runs < 2000; ++runs) {
      session.run(first.input(), output);
      EXPECT_EQ(output, first.expected());
      if (session.on_spare() == on_spare) return true;
    }
    return false;
  };
  for (int i = 0; i < 10; ++i) session.run(first.input(), output);  // how fast it is when calm
  slow = true;
  EXPECT_TRUE(runs_until(/*on_spare=*/true));
  slow = false;
  EXPECT_TRUE(runs_until(/*on_spare=*/false));
  fails = true;
  int lost = 0;  // answers: none if it is on trial just now, nor by the trials to come
  for (int i = 0; i < 200; ++i) try {
      session.run(first.input(), output);
      EXPECT_TRUE(session.on_spare());
    } catch (const EngineError&) {
      ++lost;
    }
  EXPECT_LE(lost, 1);
  EXPECT_EQ(output, first.expected());
}

TEST(Api, RefusesWithNnstretchErrors) {
  EXPECT_ERROR(Model::read("/no/such/file.tflite"), IoError, "/no/such/file.tflite: cannot open");
  EXPECT_ERROR(Model::read(kCat), FormatError, "cat.jpg: '.jpg' is not the extension",
               ".tflite or .onnx");
  EXPECT_ERROR(Model::build(kConfig, {.overrides = {"NO.SUCH_KEY", "1"}}), ConfigError,
               "unknown key NO.SUCH_KEY", "did you mean");
  EXPECT_ERROR(Network(tiny(), {.machine = "/no/such/machine.yaml"}), IoError,
               "/no/such/machine.yaml: cannot open");
  EXPECT_ERROR(Network(tiny(), {.engine = "abacus"}), EngineError, "no engine 'abacus'",
               "choose one of auto, ");
  EXPECT_ERROR(Stream(Network(tiny(), kReference), 0, {}), UsageError,
               "a function that takes its answers", "give one");
}

}  // namespace
}  // namespace nnstretch
