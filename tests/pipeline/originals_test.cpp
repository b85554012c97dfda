// The .tflite files of the original builder: their reference outputs bit for bit, their branches
// found again, and in parallel what they give in sequence.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/npy.h"
#include "engines/list.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"
#include "ir/subgraph.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "schema_generated.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/here.h"
#include "support/networks.h"
#include "support/parts.h"

namespace nnstretch {
namespace {

using testing::Bytes;

struct Original {
  std::string model, input, output;
  int most;   // steps that other engines may be off
  bool dead;  // its output is one number, whatever the input
};
void PrintTo(const Original& original, std::ostream* out) { *out << original.output; }

class Originals : public ::testing::TestWithParam<Original> {
 protected:
  void SetUp() override {
    NNSTRETCH_NEEDS_SHARED();
    model_ = read_model(folder() / (GetParam().model + ".tflite"));
    input_ = bytes(GetParam().input);
    expected_ = bytes(GetParam().output + ".ref");
  }
  static std::filesystem::path folder() { return testing::shared_folder() / "tflite"; }
  static Bytes bytes(const std::string& name) {
    const NpyArray array = read_npy(folder() / (name + ".npy"));
    EXPECT_EQ(array.type, DType::u8);
    return array.bytes;
  }

  ir::Model model_;
  Bytes input_, expected_;
};

INSTANTIATE_TEST_SUITE_P(
    Files, Originals,
    ::testing::Values(Original{"mi_R-34-C", "input_jpeg_u8", "mi_R-34-C.in_jpeg", 2, false},
                      Original{"mi_R-34-C", "input_recipe_u8", "mi_R-34-C.in_recipe", 2, false},
                      Original{"mi_R-34-CD", "input_jpeg_u8", "mi_R-34-CD.in_jpeg", 2, false},
                      Original{"mi_R-34-CD", "input_recipe_u8", "mi_R-34-CD.in_recipe", 2, false},
                      Original{"mi_EN-L4-CG", "input_jpeg_u8", "mi_EN-L4-CG.in_jpeg", 8, true},
                      Original{"mi_EN-L4-CG", "input_recipe_u8", "mi_EN-L4-CG.in_recipe", 8, true},
                      Original{"mi_R-34-CDG.recipew", "mi_R-34-CDG.recipew.input_u8",
                               "mi_R-34-CDG.recipew", 2, false},
                      Original{"mi_RX-1.6-CD.recipew", "mi_RX-1.6-CD.recipew.input_u8",
                               "mi_RX-1.6-CD.recipew", 2, false}),
    [](const auto& info) { return testing::test_name(info.param.output); });

TEST_P(Originals, TheReferenceKernelsGiveTheBytesOfTheOriginals) {
  if (IsSkipped()) return;
  EXPECT_EQ(engines::evaluate(model_, std::vector<Bytes>{input_}).at(0), expected_);
}

TEST_P(Originals, OtherEnginesAreNear) {
  if (IsSkipped()) return;
  std::string wrong_here;
  for (const std::string& engine : testing::in_build({"litert", "openvino"})) {
    if (GetParam().dead && engine == "openvino") continue;
    if (const auto caution = testing::caution(engine, model_.graph); !caution.empty()) {
      wrong_here = fmt::format("{}: {}", engine, caution);
      continue;
    }
    engines::Runner runner(testing::engine_named(engine), model_,
                           {.name = "w", .role = "cpu", .engine = engine, .threads = 2});
    const auto got = runner.run(input_);
    int most = 0;
    for (size_t i = 0; i < expected_.size(); ++i)
      most = std::max(most, std::abs(static_cast<int>(got[i]) - static_cast<int>(expected_[i])));
    EXPECT_LE(most, GetParam().most) << engine;
  }
  if (!wrong_here.empty()) GTEST_SKIP() << wrong_here;
}

// A few runs always; 1000 with NNSTRETCH_FULL=1.
TEST_P(Originals, BranchesInParallelGiveTheBytesOfTheSequence) {
  if (IsSkipped()) return;
  const int runs = std::getenv("NNSTRETCH_FULL") ? 1000 : 5;
  const auto compiled = runtime::compile(
      plan::plan_for(model_, {.engine = "litert"}, testing::here()), testing::here());
  runtime::Session parallel(compiled), sequential(compiled, runtime::Order::sequential);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  Bytes input = input_, a(parallel.output().size()), b(a.size());
  for (int run = 0; run < runs; ++run) {
    parallel.run(input, a);
    sequential.run(input, b);
    ASSERT_EQ(a, b) << "run " << run << ", seed " << seed;
    for (std::byte& x : input) x = static_cast<std::byte>(random());
  }
}

TEST(OriginalPlaces, EverySplitOfAGroupedConvolutionIsGivenBackToItsBranch) {
  NNSTRETCH_NEEDS_SHARED();
  const auto path = testing::shared_folder() / "tflite" / "mi_RX-1.6-CD.recipew.tflite";
  const ir::Model model = read_model(path);
  EXPECT_THAT(model.notes, ::testing::Contains(::testing::HasSubstr("26 SPLIT")));
  int cuts = 0;
  for (ir::NodeId id = 0; id < model.graph.size(); ++id) {
    if (!model.graph.op_if<ir::Slice>(id)) continue;
    ++cuts;
    const ir::Node& node = model.graph.node(id);
    for (const ir::NodeId reader : model.graph.readers(id))
      EXPECT_EQ(model.graph.node(reader).at, node.at) << node.name;
  }
  EXPECT_GT(cuts, 26);
}

// A network with silu, named as the original names it: its sigmoids have no tag, and nothing of our
// own metadata is left.
TEST(OriginalPlaces, EverySigmoidOfASiluIsGivenBackToItsBranch) {
  const auto config =
      config::load(testing::source_folder() / "configs" / "tiny" / "TINY-EN-CG.yaml");
  ir::Model model =
      pipeline::quantise(pipeline::float_model(config, {}), {}, testing::with_cores(2)).int8;
  std::map<std::string, ir::Place> wanted;  // of the sigmoids, by their new name
  model.graph = ir::Rewriter(model.graph).run([&](ir::Rewriter& rewriter, ir::NodeId id) {
    ir::NodeSpec spec = rewriter.spec(id);
    const auto* act = model.graph.op_if<ir::Activation>(id);
    const bool is_gate = act && act->kind == ir::Act::sigmoid;
    spec.name = is_gate ? fmt::format("anynet/tf.math.sigmoid_{}/Sigmoid", wanted.size())
                        : fmt::format("anynet/{}/X;anynet/s1_gpu_b9_bn/of_another", spec.name);
    if (is_gate) wanted[spec.name] = spec.at;
    return rewriter.builder.add(std::move(spec));
  });
  ASSERT_GT(wanted.size(), 3u);
  const Bytes with_metadata = tflite::write(model);
  auto file = tflite::schema::UnPackModel(with_metadata.data());
  file->metadata.clear();
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(tflite::schema::Model::Pack(builder, file.get()), "TFL3");
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  const ir::Model back = tflite::read(bytes, "original");
  for (const auto& [name, place] : wanted) {
    const ir::Place& got = back.graph.node(back.graph.find(name)).at;
    EXPECT_EQ(got.stage, place.stage) << name;
    EXPECT_EQ(got.role, place.role) << name;
  }
  EXPECT_THAT(back.notes.at(0), ::testing::HasSubstr(fmt::format("{} LOGISTIC", wanted.size())));
}

}  // namespace
}  // namespace nnstretch
