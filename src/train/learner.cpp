#include "train/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/complaints.h"
#include "train/device.h"
#include "train/mix.h"
#include "train/schedule.h"
#include "train/train_error.h"

namespace nnstretch::train {
namespace {

// Another number for every epoch, iteration and lane.
uint64_t seed_of(int seed, int epoch, int iteration, size_t lane) {
  uint64_t mixed = static_cast<uint64_t>(seed);
  for (const uint64_t next : {static_cast<uint64_t>(epoch), static_cast<uint64_t>(iteration),
                              static_cast<uint64_t>(lane)}) {
    mixed = (mixed ^ next) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 32;
  }
  return mixed;
}

// All tensors behind each other in one, and back.
Tensor join(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> flat;
  for (const Tensor& tensor : tensors) flat.push_back(tensor.detach().reshape(-1));
  return torch::cat(flat);
}
void split(const Tensor& joined, const std::vector<Tensor>& tensors) {
  int64_t at = 0;
  for (const Tensor& tensor : tensors) {
    tensor.copy_(joined.narrow(0, at, tensor.numel()).view(tensor.sizes()));
    at += tensor.numel();
  }
}

Tensor labels_of(const data::Batch& batch) { return torch::tensor(batch.labels).to(device()); }

// A lane without pictures has not counted its step.
void count_step(const State& state, const State& before) {
  for (size_t i = 0; i < state.size(); ++i)
    if (const Entry& entry = state.entries()[i]; entry.kind == Kind::counter && !entry.frozen)
      entry.value.copy_(before[i] + 1);
}

// Every lane starts from the same statistics and counters.
void copy_statistics(const State& state, const State& from) {
  for (size_t i = 0; i < state.size(); ++i)
    if (state.entries()[i].kind != Kind::parameter) state[i].copy_(from[i]);
}

// What of a step's score is added up over lanes and ranks.
Tensor sums_of(const StepScore& score) {
  const auto images = static_cast<double>(score.images);
  return torch::tensor(
      {images * score.loss, images * score.top1_err, images * score.top5_err, images},
      torch::kFloat);
}
StepScore score_from(const Tensor& sums) {
  const auto at = [&](int64_t i) { return static_cast<double>(sums[i].item<float>()); };
  const double images = at(3), some = std::max(1.0, images);
  return {at(0) / some, at(1) / some, at(2) / some, static_cast<int64_t>(images)};
}

// What of a test is added up over batches, lanes and ranks.
struct Sums {
  Tensor numbers = torch::zeros({4}, torch::kDouble);  // images, wrong, not among five, skipped

  void add(const Score& score) {
    const auto images = static_cast<double>(score.images);
    numbers.add_(torch::tensor({images, images * score.top1_err, images * score.top5_err,
                                static_cast<double>(score.skipped)},
                               torch::kDouble));
  }
  Score score() const {
    const auto images = numbers[0].item<double>(), some = std::max(1.0, images);
    return {numbers[1].item<double>() / some, numbers[2].item<double>() / some,
            static_cast<int64_t>(images), static_cast<int64_t>(numbers[3].item<double>())};
  }
};

void add_scores(const Interpreter& network, const State& state, Layout layout,
                data::Batches& pictures, Sums& sums,
                const std::function<void(const Score&)>& on_batch = {}) {
  const torch::NoGradGuard no_grad;
  pictures.start_epoch(0);
  for (data::Batch batch; pictures.next(batch);) {
    if (batch.labels.empty()) continue;
    const Tensor logits = network.forward(state, images_of(batch, layout), {});
    const Score score = score_of(logits, labels_of(batch));
    sums.add(score);
    if (on_batch) on_batch(score);
  }
  sums.add({.skipped = static_cast<int64_t>(pictures.skipped())});
}

// TRAIN.FREEZE
State freeze(State state, const config::Config& config) {
  std::vector<std::string> modules;
  for (const config::Value& value : config.train.freeze) {
    const auto* word = value.get_if<std::string>();
    modules.push_back(word ? *word : config::to_yaml(value));
  }
  if (const std::string unknown = state.freeze(modules); !unknown.empty())
    config::fail(config, "TRAIN.FREEZE", fmt::format("names '{}', which is no part", unknown),
                 "name the stem, stages or the head, as in stem,s1");
  return state;
}

// What parts of a step add up to.
StepScore joined(const StepScore& a, const StepScore& b) {
  return score_from(sums_of(a) + sums_of(b));
}

}  // namespace

Images images_from(data::Batches& batches, int epoch, size_t most, Layout layout) {
  batches.start_epoch(epoch);
  return [&batches, most, layout, taken = size_t{0},
          batch = data::Batch()]() mutable -> std::optional<Tensor> {
    while (taken < most && batches.next(batch)) {
      ++taken;
      if (!batch.labels.empty()) return images_of(batch, layout);
    }
    return {};
  };
}

Tensor images_of(const data::Batch& batch, Layout layout) {
  auto* pixels = const_cast<float*>(batch.images.data());  // libtorch has no view of const memory
  const auto count = static_cast<int64_t>(batch.labels.size());
  return torch::from_blob(pixels, {count, 3, batch.height, batch.width})
      .clone(memory_format(layout))
      .to(device());
}

Score score_of(const Tensor& logits, const Tensor& labels) {
  return {top_error(logits, labels, 1), top_error(logits, labels, 5), labels.size(0)};
}

Score score(const Interpreter& network, const State& state, Layout layout,
            data::Batches& pictures) {
  Sums sums;
  add_scores(network, state, layout, pictures, sums);
  return sums.score();
}

Learner::Learner(const config::Config& config, const ir::Graph& graph,
                 const ir::WeightStore& weights, LearnerOptions options)
    : config_(config),
      options_(std::move(options)),
      ranks_(options_.ranks ? options_.ranks : std::make_shared<Ranks>()),
      network_(graph),
      model_(freeze(make_state(graph, weights, options_.layout), config)),
      average_(model_.clone()),
      optimizer_(config, model_) {}

void Learner::clear_gradients() const {
  for (const Entry& entry : model_.entries())
    if (entry.kind == Kind::parameter) entry.value.mutable_grad() = Tensor();
}

// Of a lane without pictures, which takes part in the exchange as the others do.
StepScore Learner::learn_nothing() const {
  for (const Tensor& parameter : model_.tensors(Kind::parameter))
    parameter.mutable_grad() = torch::zeros_like(parameter);
  return {};
}

// Against the targets, and against the teacher's answers to the same images if there is one.
Tensor Learner::loss_of(const Tensor& logits, const Tensor& images, const Tensor& targets) const {
  if (!options_.teacher) return soft_cross_entropy(logits, targets);
  const Teacher& teacher = *options_.teacher;
  Tensor answers;
  {
    const torch::NoGradGuard no_grad;
    answers = teacher.network.forward(teacher.state, images, {});
  }
  return distillation_loss(logits, targets, answers, teacher.how);
}

// Forward and backward: leaves gradients in the parameters.
StepScore Learner::learn(const data::Batch& batch, int epoch, int iteration, size_t lane,
                         size_t lanes) {
  if (batch.labels.empty()) return learn_nothing();
  const Tensor labels = labels_of(batch);
  const size_t global_lane = static_cast<size_t>(ranks_->rank()) * lanes + lane;
  const Blend mixed =
      mix({images_of(batch, options_.layout),
           soft_targets(labels, config_.model.num_classes, config_.train.label_smoothing), labels},
          config_.train, seed_of(config_.rng_seed, epoch, iteration, global_lane));
  clear_gradients();
  const Tensor logits = network_.forward(
      model_, mixed.images,
      {.training = true, .momentum = config_.bn.mom, .mixed = config_.train.mixed_precision});
  const Tensor loss = loss_of(logits, mixed.images, mixed.targets);
  if (!std::isfinite(loss.item<float>()))
    throw TrainError({.what = fmt::format("the loss is {}", loss.item<float>()),
                      .where = fmt::format("epoch {}, step {}", epoch + 1, iteration + 1),
                      .fix = "lower OPTIM.BASE_LR, or raise OPTIM.WARMUP_EPOCHS"});
  loss.backward();
  if (options_.sandwich)
    options_.sandwich->learn(model_, mixed.images, logits.detach(), epoch, iteration);
  return {loss.item<float>(), top_error(logits, mixed.labels, 1),
          top_error(logits, mixed.labels, 5), labels.size(0)};
}

// Gradients and batch norm statistics of every lane, averaged over lanes and ranks, and the scores,
// averaged over images, in one exchange.
StepScore Learner::learn_together(std::span<const data::Batch> lanes, int epoch, int iteration) {
  const State before = model_.clone();
  Tensor sum;
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    copy_statistics(model_, before);
    const StepScore score = learn(lanes[lane], epoch, iteration, lane, lanes.size());
    const torch::NoGradGuard no_grad;
    std::vector<Tensor> numbers = model_.tensors(Kind::statistic);
    for (const Tensor& parameter : model_.tensors(Kind::parameter))
      numbers.push_back(parameter.grad());
    numbers.push_back(sums_of(score).to(device()));
    const Tensor joined = join(numbers);
    sum = lane == 0 ? joined : sum + joined;
  }
  const torch::NoGradGuard no_grad;
  ranks_->sum(sum);
  const StepScore score = score_from(sum.narrow(0, sum.numel() - 4, 4));
  if (score.images == 0) return score;
  sum.mul_(1.0 / static_cast<double>(lanes.size() * static_cast<size_t>(ranks_->world())));
  std::vector<Tensor> numbers = model_.tensors(Kind::statistic);
  for (const Tensor& parameter : model_.tensors(Kind::parameter))
    numbers.push_back(parameter.grad());
  split(sum, numbers);
  count_step(model_, before);
  return score;
}

StepScore Learner::learn_part(std::span<const data::Batch> lanes, int epoch, int iteration) {
  const bool alone = lanes.size() == 1 && ranks_->world() == 1;
  return alone ? learn(lanes[0], epoch, iteration, 0, 1) : learn_together(lanes, epoch, iteration);
}

StepScore Learner::step(std::span<const data::Batch> lanes, int epoch, int iteration,
                        size_t parts) {
  const size_t each = lanes.size() / parts;
  const std::vector<Tensor> learnt = model_.tensors(Kind::parameter);
  std::vector<Tensor> sums;
  StepScore score;
  for (size_t part = 0; part < parts; ++part) {
    const int draw = iteration * static_cast<int>(parts) + static_cast<int>(part);
    const StepScore own = learn_part(lanes.subspan(part * each, each), epoch, draw);
    score = parts == 1 ? own : joined(score, own);
    if (parts == 1 || own.images == 0) continue;
    for (size_t i = 0; i < learnt.size(); ++i) {
      const Tensor gradient = learnt[i].grad() / static_cast<double>(parts);
      sums.size() < learnt.size() ? sums.push_back(gradient) : void(sums[i].add_(gradient));
    }
  }
  if (score.images == 0) return score;
  for (size_t i = 0; i < sums.size(); ++i) learnt[i].mutable_grad() = sums[i];
  if (config_.optim.grad_clip > 0) clip_gradients(model_, config_.optim.grad_clip);
  optimizer_.step(model_, learning_rate(config_, epoch));
  const int period = config_.optim.ema_update_period;
  if (period > 0 && iteration % period == 0)
    update_average(average_, model_, average_share(config_, epoch));
  return score;
}

void Learner::precise_statistics(const Interpreter& network, const State& state,
                                 std::span<const std::unique_ptr<data::Batches>> lanes, int epoch,
                                 size_t batches) const {
  const torch::NoGradGuard no_grad;
  const State before = state.clone();
  std::vector<Tensor> sums;
  Tensor joined;
  for (size_t lane = 0; lane < lanes.size(); ++lane) {  // in the order that ranks add up
    copy_statistics(state, before);
    sums =
        sum_statistics(network, state, images_from(*lanes[lane], epoch, batches, options_.layout));
    joined = lane == 0 ? join(sums) : joined + join(sums);
  }
  ranks_->sum(joined);
  split(joined, sums);
  set_statistics(state, sums);
}

Score Learner::test(const Interpreter& network, const State& state,
                    std::span<const std::unique_ptr<data::Batches>> lanes,
                    const std::function<void(const Score&)>& on_batch) const {
  Sums sums;
  for (const auto& lane : lanes) add_scores(network, state, options_.layout, *lane, sums, on_batch);
  ranks_->sum(sums.numbers);
  return sums.score();
}

void Learner::set_states(const State& model, const State& average) {
  model_.copy_from(model);
  average_.copy_from(average);
}

}  // namespace nnstretch::train
