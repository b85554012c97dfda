// How fast a step of training is: ResNet-20 on pictures of 32 pixels, batches of 128, SGD with
// Nesterov's momentum. bench/training compares it with Python's torch:
//     training_speed THREADS nchw|channels_last STEPS     one line: pictures per second, the median
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "nets/build.h"
#include "train/heap.h"
#include "train/initialise.h"
#include "train/learner.h"

using namespace nnstretch;

namespace {

constexpr int kBatch = 128, kSize = 32, kWarmUp = 3;

const std::string kResNet20 = R"(
MODEL: {TYPE: mbanynet, NUM_CLASSES: 10}
ANYNET:
  STEM_TYPE: res_stem_cifar
  STEM_W: 16
  BLOCK_TYPE: res_basic_block
  STRIDES: [[1], [2], [2]]
  DEPTHS: [[3], [3], [3]]
  WIDTHS: [[16], [32], [64]]
  DEVICES: [cpu]
OPTIM: {EMA_UPDATE_PERIOD: 0, BASE_LR: 0.05}
TRAIN: {IM_SIZE: 32}
)";

data::Batch random_batch() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  data::Batch batch{.images = std::vector<float>(size_t{kBatch} * 3 * kSize * kSize),
                    .labels = {},
                    .height = kSize,
                    .width = kSize};
  for (float& value : batch.images) value = normal(random);
  for (int i = 0; i < kBatch; ++i) batch.labels.push_back(i % 10);
  return batch;
}

double median_seconds(train::Learner& learner, int steps) {
  const data::Batch batch = random_batch();
  std::vector<double> seconds;
  for (int step = -kWarmUp; step < steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    learner.step({&batch, 1}, 0, step + kWarmUp);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (step >= 0) seconds.push_back(took.count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 4) return fmt::print(stderr, "training_speed THREADS nchw|channels_last STEPS\n"), 2;
  train::keep_freed_memory();
  torch::set_num_threads(std::stoi(arguments[1]));
  const auto layout =
      std::string(arguments[2]) == "nchw" ? train::Layout::nchw : train::Layout::channels_last;
  const auto config = config::parse(kResNet20, "ResNet-20");
  const ir::Graph graph = nets::build(config, kSize);
  train::Learner learner(config, graph, train::initial_weights(graph, config),
                         {.layout = layout, .ranks = {}});
  fmt::print("{:.1f}\n", kBatch / median_seconds(learner, std::max(1, std::stoi(arguments[3]))));
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
