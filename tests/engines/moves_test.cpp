// Transpositions and reshapes in every order, between operators that keep channels last and those
// without a layout: engines join them with layouts of their own, and must give the order that the
// graph says, at the end of it too.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "engines/list.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "support/absent.h"
#include "support/engine_list.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

// A chain of operators as text, drawn one by one; `v` is always the last value.
class Chain {
 public:
  Chain(Random& random, bool int8) : random_(random), int8_(int8) {
    shape_ = {1, random.one_of({1, 3, 8}), random.one_of({2, 6, 8}), random.one_of({1, 4, 8})};
    text_ =
        fmt::format("v0 = input {} {}{}\n", int8 ? "i8" : "f32", ir::to_string(shape_), quant());
    for (int i = random.integer(1, 5); i > 0; --i) add_one();
    text_ += fmt::format("output v{}", count_);
  }
  const std::string& text() const { return text_; }

 private:
  void add_one() {
    switch (random_.integer(0, 9)) {
      case 0:
      case 1:
      case 2:
        return transpose();
      case 3:
      case 4:
        return reshape();
      case 5:
        return shape_.size() == 4 && !int8_
                   ? add(fmt::format("conv v{} out={} window=1x1", count_, shape_[3]))
                   : add(fmt::format("act v{} kind=relu{}", count_, quant()));
      case 6:
        return add(fmt::format("add v{0} v{0}{1}", count_, quant()));
      case 7:
        return shape_.size() == 4 ? add(fmt::format("max_pool v{} window=1x1", count_))
                                  : add(fmt::format("act v{} kind=relu{}", count_, quant()));
      case 8:
        return add(
            fmt::format("act v{} kind=sigmoid{}", count_, int8_ ? " q=0.00390625,-128" : ""));
      default:
        return add(fmt::format("softmax v{}{}", count_, int8_ ? " q=0.00390625,-128" : ""));
    }
  }

  void transpose() {
    ir::Shape order(shape_.size()), before = shape_;
    std::iota(order.begin(), order.end(), 0);
    const size_t fixed = random_.integer(0, 3) ? 1 : 0;  // the batch stays, mostly
    for (size_t i = order.size() - 1; i > fixed; --i)
      std::swap(order[i], order[static_cast<size_t>(
                              random_.integer(static_cast<int>(fixed), static_cast<int>(i)))]);
    for (size_t i = 0; i < order.size(); ++i) shape_[i] = before[static_cast<size_t>(order[i])];
    add(fmt::format("transpose v{} order={}", count_, ir::to_string(order)));
  }

  // Neighbours are joined or one dimension is split, or both.
  void reshape() {
    while (shape_.size() > 2 && random_.integer(0, 2)) {
      const auto at = static_cast<size_t>(random_.integer(1, static_cast<int>(shape_.size()) - 2));
      shape_[at] *= shape_[at + 1];
      shape_.erase(shape_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    while (shape_.size() < 4 && random_.integer(0, 2)) {
      const auto at = static_cast<size_t>(random_.integer(1, static_cast<int>(shape_.size()) - 1));
      const int64_t part =
          shape_[at] % 2 ? shape_[at] : random_.one_of<int64_t>({1, 2, shape_[at]});
      shape_[at] /= part;
      shape_.insert(shape_.begin() + static_cast<std::ptrdiff_t>(at), part);
    }
    add(fmt::format("reshape v{} shape={}", count_, ir::to_string(shape_)));
  }

  void add(const std::string& op) { text_ += fmt::format("v{} = {}\n", ++count_, op); }
  std::string quant() const { return int8_ ? " q=0.05,-20" : ""; }

  Random& random_;
  bool int8_;
  ir::Shape shape_;
  std::string text_;
  int count_ = 0;
};

double largest_difference(const Bytes& a, const Bytes& b, bool int8) {
  double most = 0;
  const auto compare = [&](const auto& x, const auto& y) {
    for (size_t i = 0; i < x.size(); ++i)
      most = std::max(most, std::abs(double(x[i]) - double(y[i])));
  };
  int8 ? compare(values_of<int8_t>(a), values_of<int8_t>(b))
       : compare(values_of<float>(a), values_of<float>(b));
  return most;
}

struct Case {
  const char *engine, *device;
  bool int8;
};
class Moves : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Every, Moves,
                         ::testing::Values(Case{"openvino", "cpu", false},
                                           Case{"openvino", "cpu", true},
                                           Case{"litert", "builtin", false},
                                           Case{"litert", "cpu", false},
                                           Case{"litert", "cpu", true}),
                         [](const auto& info) {
                           return fmt::format("{}_{}_{}", info.param.engine, info.param.device,
                                              info.param.int8 ? "i8" : "f32");
                         });

TEST_P(Moves, KeepTheOrderOfTheGraph) {
  constexpr int kChains = 40;
  const auto& [name, device, int8] = GetParam();
  const Engine& engine = testing::engine_named(name);
  Processor processor;
  processor.device = device;
  if (!int8) processor.precision = Precision::f32;
  if (const auto reason = why_absent(engine, device)) GTEST_SKIP() << *reason;
  for (uint32_t i = 0; i < kChains; ++i) {
    const uint32_t seed = base_seed() * 1000 + i;
    Random random(seed);
    const Chain chain(random, int8);
    SCOPED_TRACE(fmt::format("seed {}:\n{}", seed, chain.text()));
    const ir::Model model = random_model(chain.text(), random);
    const auto inputs = random_inputs(model.graph, random);
    Runner runner(engine, model, processor);
    const auto output = runner.run(inputs[0]);
    const Bytes actual(output.begin(), output.end()), expected = evaluate(model, inputs).at(0);
    // int8: one step of a sum may be one of a sigmoid and more of what follows.
    EXPECT_LE(largest_difference(actual, expected, int8), int8 ? 4 : 1e-3);
  }
}

}  // namespace
}  // namespace nnstretch::engines
