// Every operator on every engine against the reference kernels; how far engines may be off is one
// table. That the reference kernels are right is int8_golden_test.cpp and tests/ir.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engines/list.h"
#include "engines/op_samples.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "support/absent.h"
#include "support/engine_list.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

struct Column {
  const char* engine;
  const char* device;
};
// LiteRT 2.3.0 answers to "reference" but computes as with "builtin"; it stays in the table for the
// day when it does not.
constexpr Column kColumns[] = {{"litert", "reference"}, {"litert", "builtin"}, {"litert", "cpu"},
                               {"openvino", "cpu"},     {"litert", "gpu"},     {"qnn", "htp"}};

struct Case {
  OpSample sample;
  bool int8;
  Column column;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.column.engine << " " << c.sample.name; }

// Steps of the output's scale (int8), or parts of the largest number in the output (f32).
constexpr double kSteps = 1, kParts = 1e-5;
// What supports() must say: yes, no, no to some of the samples and yes to others, or no to none or
// a few.
enum class Taken { yes, no, partly, mostly };

Taken taken(const Case& c) {
  // By engine, type and operator.
  static const std::map<std::vector<std::string>, Taken> exceptions = {
      {{"litert", "f32", "batch_norm"}, Taken::no},
      {{"qnn", "i8", "linear"}, Taken::partly},  // not with one input
      {{"qnn", "i8", "pad"}, Taken::partly},     // not with a negative zero point
      {{"qnn", "i8", "avg_pool_padded"}, Taken::no},
      {{"qnn", "i8", "gelu"}, Taken::no},
      {{"qnn", "i8", "transpose"}, Taken::no},
      {{"qnn", "i8", "from_uint8"}, Taken::no},
      {{"qnn", "i8", "to_uint8"}, Taken::no},
      {{"qnn", "i8", "quantize"}, Taken::no},
  };
  if (c.column.engine == std::string("qnn") && !c.int8) return Taken::no;
  if (c.column.device == std::string("gpu") && !c.int8 &&
      c.sample.name == std::string("avg_pool_padded"))
    return Taken::no;
  // Slices of all of a value; on the HTP relu6 with the lowest zero point.
  if (c.sample.name == std::string("slice") && c.column.device != std::string("cpu"))
    return Taken::mostly;
  const auto found = exceptions.find({c.column.engine, c.int8 ? "i8" : "f32", c.sample.name});
  if (found != exceptions.end()) return found->second;
  return c.column.engine == std::string("qnn") ? Taken::mostly : Taken::yes;
}

struct Distance {
  double most = 0, share = 0;  // the largest difference; how many values differ at all
};

template <class T>
Distance distance(const std::vector<T>& a, const std::vector<T>& b, double unit) {
  Distance d;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(double(a[i]) - double(b[i])) / unit;
    d.most = difference <= d.most ? d.most : difference;  // keeps a NaN
    d.share += (difference > 0) / double(a.size());
  }
  return d;
}

Distance distance(const Bytes& a, const Bytes& b, DType type) {
  if (type == DType::u8) return distance(values_of<uint8_t>(a), values_of<uint8_t>(b), 1);
  if (type == DType::i8) return distance(values_of<int8_t>(a), values_of<int8_t>(b), 1);
  const auto values = values_of<float>(b);
  double largest = 1e-30;
  for (const float value : values) largest = std::max(largest, double(std::abs(value)));
  return distance(values_of<float>(a), values, largest);
}

class OpOnEngine : public ::testing::TestWithParam<Case> {};

TEST_P(OpOnEngine, AgreesWithTheReferenceKernels) {
  constexpr int kSamples = 12;
  const Case& c = GetParam();
  const Engine& engine = testing::engine_named(c.column.engine);
  Processor processor;
  processor.device = c.column.device;
  if (!c.int8) processor.precision = Precision::f32;
  if (const auto reason = why_absent(engine, c.column.device)) GTEST_SKIP() << *reason;
  int refused = 0;
  std::string caution;
  for (uint32_t i = 0; i < kSamples; ++i) {
    const uint32_t seed = base_seed() * 1000 + i;
    Random random(seed);
    const std::string text = c.sample.text(random);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, text));
    const ir::Model model = random_model(text, random);
    const Support support = engine.supports(model.graph, processor);
    const std::string reason = support.complete() ? "" : support.refusals[0].reason;
    if (taken(c) == Taken::yes || taken(c) == Taken::no) {
      ASSERT_EQ(support.complete(), taken(c) == Taken::yes) << reason;
    }
    refused += !support.complete();
    if (!support.caution.empty()) caution = support.caution;
    if (!support.complete() || !support.caution.empty()) continue;

    const auto inputs = random_inputs(model.graph, random);
    const Bytes expected = evaluate(model, inputs).at(0);
    Runner runner(engine, model, processor);
    for (size_t in = 0; in < inputs.size(); ++in)
      std::memcpy(runner.input(in).data(), inputs[in].data(), inputs[in].size());
    runner.run();
    const Bytes actual(runner.output(0).begin(), runner.output(0).end());
    const DType type = model.graph.node(model.graph.outputs()[0]).type.dtype;
    const Distance d = distance(actual, expected, type);
    EXPECT_LE(d.most, c.int8 ? kSteps : kParts) << d.share * 100 << " % of the values differ";
  }
  EXPECT_TRUE(taken(c) != Taken::partly || (refused > 0 && refused < kSamples)) << refused;
  if (!caution.empty()) GTEST_SKIP() << caution;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Column& column : kColumns) {
    for (const OpSample& sample : int8_samples()) all.push_back({sample, true, column});
    for (const OpSample& sample : f32_samples()) all.push_back({sample, false, column});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Every, OpOnEngine, ::testing::ValuesIn(cases()), [](const auto& info) {
  return fmt::format("{}_{}_{}_{}", info.param.column.engine, info.param.column.device,
                     info.param.int8 ? "i8" : "f32", info.param.sample.name);
});

}  // namespace
}  // namespace nnstretch::engines
