// Branches at the same time give the bytes of one part after another: every published network, on
// changing inputs. Always 3 runs at 64 x 64 on LiteRT; with NNSTRETCH_FULL=1 200 runs at the
// network's own size on whatever `auto` chooses.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "measure/bench.h"
#include "pipeline/network.h"
#include "support/here.h"
#include "support/networks.h"

namespace nnstretch {
namespace {

class Parallel : public ::testing::TestWithParam<std::string> {};

TEST_P(Parallel, GivesTheBytesOfTheSequentialOrder) {
  const bool full = std::getenv("NNSTRETCH_FULL") != nullptr;
  const int runs = full ? 200 : 3;
  const auto config = config::load(testing::source_folder() / "configs" / (GetParam() + ".yaml"));
  const auto made = pipeline::quantise(pipeline::float_model(config, {.im_size = full ? 0 : 64}),
                                       {.images = {}, .count = full ? size_t{4} : size_t{1}},
                                       testing::with_cores(2));
  const auto compiled = runtime::compile(
      plan::plan_for(made.int8, {.engine = full ? "auto" : "litert"}, testing::here()),
      testing::here());
  runtime::Session parallel(compiled), sequential(compiled, runtime::Order::sequential);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  std::vector<std::byte> input(parallel.input().size()), a(parallel.output().size()), b(a.size());
  std::vector<std::byte> first;
  bool outputs_change = false;
  for (int run = 0; run < runs; ++run) {
    for (std::byte& x : input) x = static_cast<std::byte>(random());
    parallel.run(input, a);
    sequential.run(input, b);
    ASSERT_EQ(a, b) << "run " << run << ", seed " << seed;
    if (run == 0) first = a;
    outputs_change |= a != first;
  }
  EXPECT_TRUE(outputs_change) << "every input gave the same bytes, seed " << seed;
}

INSTANTIATE_TEST_SUITE_P(Networks, Parallel, ::testing::ValuesIn(testing::published_settings()),
                         [](const auto& info) { return testing::test_name(info.param); });

}  // namespace
}  // namespace nnstretch
