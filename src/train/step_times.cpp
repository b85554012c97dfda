#include "train/step_times.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/cuda.h>

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "train/device.h"
#include "train/loss.h"

namespace nnstretch::train {
namespace {

// Mean seconds of what is done again and again, without the first times.
class Stopwatch {
 public:
  explicit Stopwatch(int warmup) : warmup_(warmup) {}
  template <class Work>
  void time(Work work) {
    const double begin = now_us();
    work();
    if (device().is_cuda()) torch::cuda::synchronize();
    if (count_++ >= warmup_) total_ += (now_us() - begin) / 1e6;
  }
  double mean() const { return count_ > warmup_ ? total_ / (count_ - warmup_) : 0; }

 private:
  int warmup_, count_ = 0;
  double total_ = 0;
};

// Random numbers of their own: a training draws the same ones with and without this.
Tensor noise(std::vector<int64_t> shape, int seed) {
  const auto random = at::detail::createCPUGenerator(static_cast<uint64_t>(seed));
  return torch::empty(shape).uniform_(0, 1, random);
}

// A lane's work on made-up pictures, with a copy of the model.
class Rehearsal {
 public:
  Rehearsal(const Interpreter& network, const State& model, Layout layout,
            const config::Config& config, int lanes)
      : network_(network), state_(model.clone()), config_(config) {
    for (const Entry& entry : state_.entries())
      entry.value.requires_grad_(entry.kind == Kind::parameter);
    const int64_t size = config.train.im_size, images = config.train.batch_size / lanes;
    const auto place = [&](const Tensor& made) {
      return made.contiguous(memory_format(layout)).to(device());
    };
    zeros_ = place(torch::zeros({config.test.batch_size / lanes, 3, size, size}));
    random_ = place(noise({images, 3, size, size}, config.rng_seed));
    targets_ = soft_targets(torch::zeros({images}, torch::kLong).to(device()),
                            config.model.num_classes, config.train.label_smoothing);
  }
  void test() const {
    const torch::NoGradGuard no_grad;
    network_.forward(state_, zeros_, {});  // tests are float32 whatever training is
  }
  // The loss.
  Tensor train() const {
    const Mode mode{
        .training = true, .momentum = config_.bn.mom, .mixed = config_.train.mixed_precision};
    return soft_cross_entropy(network_.forward(state_, random_, mode), targets_);
  }

 private:
  const Interpreter& network_;
  State state_;
  const config::Config& config_;
  Tensor zeros_, random_, targets_;
};

// By itself: while nothing is computed, as loaders work ahead.
double time_loading(std::span<const std::unique_ptr<data::Batches>> lanes, int warmup, int count) {
  Stopwatch load(warmup);
  for (const auto& lane : lanes) lane->start_epoch(0);
  data::Batch batch;
  for (int i = 0; i < count && static_cast<size_t>(i) < lanes[0]->count(); ++i)
    load.time([&] {
      for (const auto& lane : lanes) lane->next(batch);
    });
  return load.mean();
}

}  // namespace

StepTimes time_steps(const Interpreter& network, const State& model, Layout layout,
                     const config::Config& config,
                     std::span<const std::unique_ptr<data::Batches>> lanes, int all, bool show) {
  const int warmup = std::max(0, config.prec_time.warmup_iter);
  const int count = warmup + std::max(0, config.prec_time.num_iter);
  const Rehearsal rehearsal(network, model, layout, config, all);
  Stopwatch test(warmup), forward(warmup), backward(warmup);
  std::optional<Progress> progress;
  if (show) progress.emplace("timing steps", static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (progress) progress->step(i < warmup ? "warm-up" : "timed");
    test.time([&] { rehearsal.test(); });
    Tensor loss;
    forward.time([&] { loss = rehearsal.train(); });
    backward.time([&] { loss.backward(); });
  }
  const auto turns = static_cast<double>(lanes.size());
  return {turns * test.mean(), turns * forward.mean(), turns * backward.mean(),
          time_loading(lanes, warmup, count)};
}

Fields fields_of(const StepTimes& times, size_t training, size_t testing) {
  const auto steps = static_cast<double>(training), tests = static_cast<double>(testing);
  return {{"test_fw_time", tests * times.test_forward},
          {"train_fw_time", steps * times.train_forward},
          {"train_bw_time", steps * times.train_backward},
          {"train_fw_bw_time", steps * (times.train_forward + times.train_backward)},
          {"train_loader_time", steps * times.load}};
}

}  // namespace nnstretch::train
