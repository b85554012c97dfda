// Values that do not fit into their int8 range, and every operator that may read them: it must see
// them clamped, on every engine. Files rely on it: a relu may be no more than zero point -128, and
// ranges that were calibrated clip what lies outside.
#include <algorithm>

#include <gtest/gtest.h>

#include "engines/list.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

// How a value of 1x6x5x8 comes to be, behind its name and before its scale; x reaches from -13 to
// 13 at most.
constexpr const char* kMakers[] = {"quantize x",
                                   "add x x",
                                   "mul x x",
                                   "act x kind=relu",
                                   "conv x out=8 window=1x1 bias=1",
                                   "conv x out=8 window=3x3 act=relu",
                                   "sub x k"};

struct Reader {
  const char* name;
  const char* text;  // of v, the value, and x; {0}: the scale and zero point of v
};
constexpr Reader kReaders[] = {
    {"conv", "y = conv v out=12 window=3x3 bias=1 q=0.05,3"},
    {"conv_depthwise", "y = conv v out=8 window=3x3 groups=8 bias=1 q=0.05,-9"},
    {"linear", "f = reshape v shape=1x240; y = linear f out=10 q=0.1,0"},
    {"mean", "y = mean v q=0.03,-7"},
    {"mean_flat", "y = mean v keep=0 q=0.03,20"},
    {"add", "y = add v x q=0.06,11"},
    {"add_twice", "y = add v v q=0.05,0"},
    {"sub", "y = sub x v act=relu q=0.06,-128"},
    {"mul", "y = mul v x q=0.15,1"},
    {"mul_constant", "y = mul v k q=0.1,3"},
    {"gate", "m = mean v q=0.03,5; y = mul v m q=0.15,-7"},
    {"relu", "y = act v kind=relu q=0.03,-128"},
    {"relu6", "y = act v kind=relu6 q=0.03,-100"},
    {"sigmoid", "y = act v kind=sigmoid q=0.00390625,-128"},
    {"hard_swish", "y = act v kind=hard_swish q=0.04,-50"},
    {"gelu", "y = act v kind=gelu q=0.03,-100"},
    {"silu", "g = act v kind=sigmoid q=0.00390625,-128; y = mul v g q=0.03,-100"},
    {"softmax", "y = softmax v q=0.00390625,-128"},
    {"max_pool", "y = max_pool v window=3x3/2x2"},
    {"avg_pool", "y = avg_pool v window=3x3/1x1+0,0,0,0"},
    {"avg_pool_padded", "y = avg_pool v window=3x3/1x1+1,1,1,1 count_padding=1"},
    {"pad", "y = pad v pads=1,2,0,1"},
    {"reshape", "y = reshape v shape=1x240"},
    {"transpose", "y = transpose v order=0x2x3x1"},
    {"concat", "w = quantize x {0}; y = concat v w"},
    {"slice", "y = slice v axis=3 begin=2 size=5"},
    {"shuffle", "y = shuffle v groups=2"},
    {"requantize", "y = quantize v q=0.04,30"},
    {"to_uint8", "y = quantize v to=u8 q=0.04,140"},
    {"dequantize", "y = dequantize v"},
    {"float_silu", "f = dequantize v; y = act f kind=silu"},
    {"float_avg_pool", "f = dequantize v; y = avg_pool f window=3x3/1x1+1,1,1,1 count_padding=1"},
};

struct Column {
  const char *engine, *device;
  int samples;            // devices made of software are slow
  bool takes_all = true;  // of the readers
};
constexpr Column kColumns[] = {{"litert", "builtin", 7},
                               {"litert", "cpu", 7},
                               {"openvino", "cpu", 7},
                               {"litert", "gpu", 1, false},
                               {"qnn", "htp", 1, false}};

struct Case {
  Reader reader;
  Column column;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.column.engine << " " << c.reader.name; }

// Products of such weights do not saturate in the 16 bits of CPUs without VNNI.
void lower_weights(ir::Model& model) {
  for (const ir::Node& node : model.graph.nodes()) {
    if (!ir::is_any<ir::Conv2d, ir::Linear>(node.op)) continue;
    const ir::Tensor& weight = model.weights.at(node.weights[0]);
    std::vector<int8_t> lower;
    for (const int8_t w : weight.as<int8_t>()) lower.push_back(static_cast<int8_t>(w / 3));
    model.weights.set(node.weights[0], ir::make_tensor<int8_t>(weight.shape, lower, weight.scales));
  }
}

// The largest difference, in steps of an int8 result or of the value read.
double steps_between(const Bytes& a, const Bytes& b, DType type, float scale) {
  double most = 0;
  const auto compare = [&]<class T>(double unit) {
    const auto x = values_of<T>(a), y = values_of<T>(b);
    for (size_t i = 0; i < x.size(); ++i)
      most = std::max(most, std::abs(double(x[i]) - double(y[i])) / unit);
  };
  if (type == DType::u8)
    compare.operator()<uint8_t>(1);
  else if (type == DType::i8)
    compare.operator()<int8_t>(1);
  else
    compare.operator()<float>(double{scale});
  return most;
}

class Clipped : public ::testing::TestWithParam<Case> {};

// One step of the reader's own and one that the value itself may be off.
constexpr double kSteps = 2;

TEST_P(Clipped, IsReadClamped) {
  const auto& [reader, column] = GetParam();
  const Engine& engine = testing::engine_named(column.engine);
  Processor processor;
  processor.device = column.device;
  if (const auto reason = why_absent(engine, column.device)) GTEST_SKIP() << *reason;
  int clipped = 0, run = 0;
  for (int i = 0; i < column.samples; ++i) {
    const uint32_t seed = base_seed() * 1000 + static_cast<uint32_t>(i);
    Random random(seed);
    const float scale = random.scale(0.01f, 0.03f);
    const std::string q = fmt::format(
        "q={},{}", scale, random.one_of({-128, -128, 0, 127, random.integer(-128, 127)}));
    const std::string maker = kMakers[static_cast<size_t>(i) % std::size(kMakers)];
    const std::string text = fmt::format(
        "x = input i8 1x6x5x8 q=0.05,{}; k = constant i8 8 q=0.02,{}; v = {} {}; {}; output y{}",
        random.integer(-128, 127), random.integer(-128, 127), maker, q,
        fmt::format(fmt::runtime(reader.text), q), random.one_of({"", " v"}));
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, text));
    ir::Model model = random_model(text, random);
    lower_weights(model);
    const Support support = engine.supports(model.graph, processor);
    if (!support.complete()) {
      EXPECT_FALSE(column.takes_all) << support.refusals[0].reason;
      continue;
    }
    ++run;
    const auto inputs = random_inputs(model.graph, random);
    ir::Model watched = model;
    watched.graph = ir::parse(text + "; output v");
    const auto expected = evaluate(watched, inputs);
    for (const int8_t v : values_of<int8_t>(expected.back())) clipped += v == -128 || v == 127;
    Runner runner(engine, model, processor);
    std::memcpy(runner.input(0).data(), inputs[0].data(), inputs[0].size());
    runner.run();
    const Bytes actual(runner.output(0).begin(), runner.output(0).end());
    const DType type = model.graph.node(model.graph.outputs()[0]).type.dtype;
    EXPECT_LE(steps_between(actual, expected.at(0), type, scale), kSteps);
  }
  if (run == 0) return;  // refused by name
  EXPECT_GT(clipped, 20 * run) << "the samples say nothing";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Column& column : kColumns)
    for (const Reader& reader : kReaders) all.push_back({reader, column});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Every, Clipped, ::testing::ValuesIn(cases()), [](const auto& info) {
  return fmt::format("{}_{}_{}", info.param.column.engine, info.param.column.device,
                     info.param.reader.name);
});

}  // namespace
}  // namespace nnstretch::engines
