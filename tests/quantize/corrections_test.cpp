// Bias correction, equalisation and blocks that stay float: what each promises of the network.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "engines/reference/evaluate.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"
#include "quantize/equalise.h"
#include "quantize/fidelity.h"
#include "quantize/int8.h"
#include "quantize/mixed_precision.h"
#include "quantize/stretched.h"
#include "support/samples.h"

namespace nnstretch {
namespace {

using testing::base_seed;
using testing::images;
using testing::in_float;
using testing::in_int8;
using testing::stretched;

// ---- bias correction

// A convolution of every kind that has weights: grouped, strided, padded on one side, depthwise.
ir::Model layer(std::string_view conv, uint32_t seed) {
  testing::Random random(seed);
  return testing::random_model(
      fmt::format("x = input f32 1x8x8x4; y = conv x {} bias=1 w=w,b; output y", conv), random);
}

std::vector<std::vector<float>> inputs(size_t count, uint32_t seed) {
  testing::Random random(seed);
  std::vector<std::vector<float>> all(count, std::vector<float>(8 * 8 * 4));
  for (auto& image : all)
    for (float& x : image) x = 1 + random.normal();  // a mean, or there is no shift
  return all;
}

// The network with weights as they are after rounding, in float: what the int8 kernel multiplies.
std::vector<double> channel_means(const ir::Model& model,
                                  const std::vector<std::vector<float>>& some) {
  std::vector<double> means;
  for (const auto& row : quantize::logits(model, some, in_float())) {
    const auto channels =
        static_cast<size_t>(model.graph.node(model.graph.outputs()[0]).type.shape.back());
    means.resize(channels);
    for (size_t i = 0; i < row.size(); ++i) means[i % channels] += row[i];
  }
  for (double& mean : means) mean /= static_cast<double>(some.size());
  return means;
}

// A copy of `model` with its kernel rounded to int8 and back and, if asked, its bias corrected.
ir::Model rounded(const ir::Model& model, const quantize::TapMeans* means,
                  const quantize::Ranges& ranges) {
  const auto int8 = quantize::to_int8(model, ranges, {.bias_correction = means});
  ir::Model real = model;
  const auto back = [&](const std::string& name, const auto& stored) {
    const ir::Tensor& tensor = int8.weights.at(name);
    std::vector<float> values(stored.begin(), stored.end());
    const size_t row = values.size() / tensor.scales.size();
    for (size_t i = 0; i < values.size(); ++i) values[i] *= tensor.scales[i / row];
    real.weights.set(name, ir::make_tensor<float>(tensor.shape, values));
  };
  back("w", int8.weights.at("w").as<int8_t>());
  back("b", int8.weights.at("b").as<int32_t>());
  return real;
}

class BiasCorrection : public ::testing::TestWithParam<const char*> {};

TEST_P(BiasCorrection, TakesTheMeanShiftOfRoundedWeightsOut) {
  const ir::Model model = layer(GetParam(), base_seed());
  const auto some = inputs(4, base_seed() + 1);
  quantize::TapMeans means(model.graph);
  const auto ranges = quantize::calibrate(
      model, some, in_float(), [&](size_t, const ir::Node& node, auto v) { means.see(node, v); });
  const auto truth = channel_means(model, some);
  const auto plain = channel_means(rounded(model, nullptr, ranges), some);
  const auto corrected = channel_means(rounded(model, &means, ranges), some);
  double before = 0, after = 0;
  for (size_t c = 0; c < truth.size(); ++c) {
    before += std::abs(plain[c] - truth[c]);
    after += std::abs(corrected[c] - truth[c]);
  }
  EXPECT_LT(after, before / 20) << "seed " << base_seed();
}

INSTANTIATE_TEST_SUITE_P(Layers, BiasCorrection,
                         ::testing::Values("out=6 window=1x1", "out=6 window=3x3/2x2+1,1,1,1",
                                           "out=8 window=3x5/2x1+1,2,0,3 groups=2",
                                           "out=4 window=5x5+2,2,2,2 groups=4"));

// ---- equalisation

constexpr std::string_view kChain = R"(
  x = input f32 1x8x8x4
  e = conv x out=12 window=1x1 bias=1 act={0} w=e.w,e.b
  d = conv e out=12 window=3x3+1,1,1,1 groups=12 bias=1 act={0} w=d.w,d.b
  p = conv d out=6 window=1x1 bias=1 w=p.w,p.b
  g = conv p out=8 window=3x3+1,1,1,1 groups=2 bias=1 w=g.w,g.b
  output g)";

// Channels of very different sizes, as trained networks have them.
ir::Model uneven_chain(std::string_view act, uint32_t seed) {
  testing::Random random(seed);
  ir::Model model = testing::random_model(fmt::format(fmt::runtime(kChain), act), random);
  const auto kernel = model.weights.at("e.w").as<float>();
  std::vector<float> values(kernel.begin(), kernel.end());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] *= std::ldexp(1.f, -static_cast<int>(i / 4 % 6));
  model.weights.set("e.w", ir::make_tensor<float>({12, 4, 1, 1}, values));
  return model;
}

TEST(Equalise, ComputesTheSameFunction) {
  for (const char* act : {"relu", "none"}) {
    const ir::Model model = uneven_chain(act, base_seed());
    const auto some = inputs(4, base_seed() + 1);
    const ir::Model equal = quantize::equalise(model, some, in_float());
    EXPECT_EQ(quantize::equalisable(model.graph).size(), 3u);
    EXPECT_NE(ir::content_hash(equal.graph, equal.weights),
              ir::content_hash(model.graph, model.weights));
    const auto a = quantize::logits(model, some, in_float());
    const auto b = quantize::logits(equal, some, in_float());
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t j = 0; j < a[i].size(); ++j)
        ASSERT_NEAR(a[i][j], b[i][j], 2e-4 * (1 + std::abs(a[i][j]))) << act << base_seed();
  }
}

// The gate multiplies what is scaled; what makes the gate must not see the scale.
TEST(Equalise, ComputesTheSameFunctionAcrossSqueezeAndExcitation) {
  testing::Random random(base_seed());
  const ir::Model model = testing::random_model(R"(
    x = input f32 1x8x8x4
    a = conv x out=8 window=3x3+1,1,1,1 bias=1 act=relu w=a.w,a.b
    m = mean a keep=1
    s = conv m out=3 window=1x1 bias=1 act=relu w=s.w,s.b
    e = conv s out=8 window=1x1 bias=1 w=e.w,e.b
    g = act e kind=sigmoid
    p = mul a g
    y = conv p out=5 window=1x1 bias=1 w=y.w,y.b
    output y)",
                                                random);
  const auto some = inputs(4, base_seed() + 1);
  const auto pairs = quantize::equalisable(model.graph);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].second, "y");
  EXPECT_EQ(pairs[0].squeeze, "s");
  const ir::Model equal = quantize::equalise(model, some, in_float());
  EXPECT_NE(*equal.weights.at("s.w").bytes, *model.weights.at("s.w").bytes);
  const auto a = quantize::logits(model, some, in_float());
  const auto b = quantize::logits(equal, some, in_float());
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < a[i].size(); ++j)
      ASSERT_NEAR(a[i][j], b[i][j], 2e-4 * (1 + std::abs(a[i][j]))) << base_seed();
}

TEST(Equalise, LosesLessToRounding) {
  const ir::Model model = uneven_chain("relu", base_seed());
  const auto some = inputs(8, base_seed() + 1);
  const ir::Model equal = quantize::equalise(model, some, in_float());
  const auto noise = [&](const ir::Model& prepared) {
    const auto int8 = quantize::to_int8(prepared, quantize::calibrate(prepared, some, in_float()));
    for (const auto& error : quantize::layer_errors(prepared, int8, some, in_float(), in_int8()))
      if (error.node == "d") return error.sqnr_db;
    return 0.0;
  };
  EXPECT_GT(noise(equal), noise(model)) << "seed " << base_seed();
}

TEST(Equalise, LeavesRelu6AndSiluAlone) {
  for (const char* act : {"relu6", "silu"}) {
    const ir::Model model = uneven_chain(act, base_seed());
    const auto some = inputs(2, base_seed() + 1);
    // Only the last pair, with nothing between.
    const auto pairs = quantize::equalisable(model.graph);
    ASSERT_EQ(pairs.size(), 1u) << act;
    EXPECT_EQ(pairs[0].first, "p");
    const ir::Model equal = quantize::equalise(model, some, in_float());
    for (const char* kept : {"e.w", "e.b", "d.w", "d.b"})
      EXPECT_EQ(*equal.weights.at(kept).bytes, *model.weights.at(kept).bytes) << act << kept;
  }
}

TEST(Equalise, LeavesAValueThatOthersReadToo) {
  const auto graph = ir::parse(
      "x = input f32 1x4x4x4; a = conv x out=4 window=1x1; b = conv a out=4 window=1x1; "
      "s = add a b; output s");
  EXPECT_TRUE(quantize::equalisable(graph).empty());
}

// ---- mixed precision

ir::Model mixed_of(const ir::Model& prepared, const quantize::Ranges& ranges,
                   std::initializer_list<const char*> blocks) {
  quantize::Int8Options options;
  const auto known = quantize::blocks_of(prepared.graph);
  for (const char* block : blocks)
    options.float_nodes.insert(known.at(block).begin(), known.at(block).end());
  return quantize::to_int8(prepared, ranges, options);
}

TEST(MixedPrecision, SplitsTheNetworkIntoBlocks) {
  const auto blocks = quantize::blocks_of(quantize::prepare(stretched()).graph);
  std::vector<std::string> names;
  for (const auto& [name, nodes] : blocks) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"head_cpu", "s1_cpu_b1", "s1_dsp_b1", "st_cpu"}));
}

TEST(MixedPrecision, ComputesTheBlockInFloatBetweenInt8Values) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto ranges = quantize::calibrate(prepared, images(8, base_seed()), in_float());
  const ir::Model mixed = mixed_of(prepared, ranges, {"s1_dsp_b1"});
  const auto& graph = mixed.graph;
  EXPECT_EQ(graph.node(graph.find("s1_dsp_b1_act_float")).type.dtype, DType::f32);
  EXPECT_EQ(graph.node(graph.find("s1_dsp_b1_act")).type.dtype, DType::i8);
  EXPECT_EQ(graph.node(graph.find("s1_cpu_b1_act")).type.dtype, DType::i8);
  EXPECT_EQ(mixed.weights.at("b.weight").dtype, DType::f32);
  EXPECT_EQ(mixed.weights.at("a.weight").dtype, DType::i8);
  // Nothing between the block's own nodes, and one conversion in and one out.
  size_t in = 0, out = 0;
  for (const ir::Node& node : graph.nodes()) {
    in += std::holds_alternative<ir::Dequantize>(node.op);
    out += std::holds_alternative<ir::Quantize>(node.op);
  }
  EXPECT_EQ(in, 1u);
  EXPECT_EQ(out, 1u);
}

// Over the calibration images: on others the clipping at the block's end may outweigh all else.
TEST(MixedPrecision, BringsTheBlockNearerToFloat) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto some = images(8, base_seed());
  const auto ranges = quantize::calibrate(prepared, some, in_float());
  const auto sqnr = [&](const ir::Model& made) {
    for (const auto& layer : quantize::layer_errors(prepared, made, some, in_float(), in_int8()))
      if (layer.node == "s1_dsp_b1_act") return layer.sqnr_db;
    return -1000.0;
  };
  EXPECT_GT(sqnr(mixed_of(prepared, ranges, {"st_cpu", "s1_dsp_b1"})),
            sqnr(quantize::to_int8(prepared, ranges)))
      << "seed " << base_seed();
}

TEST(MixedPrecision, SurvivesAFile) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto some = images(4, base_seed() + 1);
  const auto ranges = quantize::calibrate(prepared, images(8, base_seed()), in_float());
  const ir::Model mixed = mixed_of(prepared, ranges, {"s1_dsp_b1", "head_cpu"});
  const ir::Model back = tflite::read(tflite::write(mixed), "mixed");
  EXPECT_EQ(quantize::logits(back, some, in_int8()), quantize::logits(mixed, some, in_int8()));
}

TEST(MixedPrecision, ChoosesTheBlockThatWasSpoilt) {
  const ir::Model prepared = quantize::prepare(stretched());
  auto ranges = quantize::calibrate(prepared, images(8, base_seed()), in_float());
  const auto some = images(8, base_seed() + 1);
  ranges["head_cpu_gap"] = {-100, 100};  // far too coarse
  const auto expected = quantize::logits(prepared, some, in_float());
  const quantize::Int8Options options;
  const auto chosen = quantize::choose_float_blocks(
      {prepared, ranges, options, some, expected, in_int8()}, {.most = 1, .least_gain_db = 0.01});
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].name, "head_cpu");
  EXPECT_GT(chosen[0].extra_bytes, 0);
}

TEST(MixedPrecision, RefusesAnOperatorThatOnlyMovesValues) {
  const ir::Model prepared = quantize::prepare(stretched());
  const auto ranges = quantize::calibrate(prepared, images(2, base_seed()), in_float());
  try {
    const auto ignored = quantize::to_int8(prepared, ranges, {.float_nodes = {"s1_cpu_concat"}});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.message().where, "s1_cpu_concat");
  }
}

}  // namespace
}  // namespace nnstretch
