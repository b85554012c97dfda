// Everything of a network that changes while it is trained, and one step of it.
//     Learner learner(config, graph, weights);
//     while (batches.next(batch)) learner.step({&batch, 1}, epoch, iteration++);
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "config/config.h"
#include "data/batch.h"
#include "train/average.h"
#include "train/elastic/sandwich.h"
#include "train/interpreter.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/ranks/ranks.h"

namespace nnstretch::train {

// A network that is not trained but learnt from.
struct Teacher {
  Interpreter network;
  State state;
  Distillation how;
};

struct LearnerOptions {
  Layout layout = Layout::nchw;
  std::shared_ptr<Ranks> ranks;                   // null: this process is alone
  std::shared_ptr<const Teacher> teacher = {};    // null: labels only
  std::shared_ptr<const Sandwich> sandwich = {};  // null: no networks inside
};

// Of a step, over the images of all ranks: mean loss, percent wrong.
struct StepScore {
  double loss = 0, top1_err = 0, top5_err = 0;
  int64_t images = 0;
};
// Of a whole test set.
struct Score {
  double top1_err = 0, top5_err = 0;
  int64_t images = 0, skipped = 0;  // seen, and damaged and left out
};

// The first `most` batches of an epoch, without those whose pictures were all damaged.
Images images_from(data::Batches& batches, int epoch, size_t most, Layout layout);
// Errors of a network over all pictures.
Score score(const Interpreter& network, const State& state, Layout layout, data::Batches& pictures);
// Images of a batch as libtorch sees them.
Tensor images_of(const data::Batch& batch, Layout layout);
// The Score of logits (N,classes) against their labels.
Score score_of(const Tensor& logits, const Tensor& labels);

class Learner {
 public:
  // Starts from these weights; the average starts equal. Uses OPTIM, BN and TRAIN of the
  // configuration, of which TRAIN.FREEZE says what stays as it is. ShapeError or ConfigError.
  Learner(const config::Config& config, const ir::Graph& graph, const ir::WeightStore& weights,
          LearnerOptions options = {});

  // One step on this process's share of a batch. Of several lanes each is what a rank of its own
  // would have had: batch norms see one lane at a time, gradients and statistics are averaged. So n
  // lanes in one process and n processes give the same bits. A lane whose pictures were all damaged
  // has no gradient and the statistics of before; where all lanes are so, nothing changes.
  // `parts` such batches behind each other (TRAIN.ACCUM_STEPS) are one step against the mean of
  // their gradients; batch norms see one after the other.
  StepScore step(std::span<const data::Batch> lanes, int epoch, int iteration, size_t parts = 1);

  // Batch norm statistics of a network over the first `batches` of each of these; into `state`.
  void precise_statistics(const Interpreter& network, const State& state,
                          std::span<const std::unique_ptr<data::Batches>> lanes, int epoch,
                          size_t batches) const;

  // Errors over all images of all lanes and ranks. `on_batch` is told of each batch here.
  Score test(const Interpreter& network, const State& state,
             std::span<const std::unique_ptr<data::Batches>> lanes,
             const std::function<void(const Score&)>& on_batch = {}) const;
  const Interpreter& network() const { return network_; }
  const State& model() const { return model_; }
  const State& average() const { return average_; }
  // Goes on from other numbers: those of a checkpoint.
  void set_states(const State& model, const State& average);
  Optimizer& optimizer() { return optimizer_; }
  const Optimizer& optimizer() const { return optimizer_; }

 private:
  StepScore learn(const data::Batch& batch, int epoch, int iteration, size_t lane, size_t lanes);
  StepScore learn_nothing() const;
  Tensor loss_of(const Tensor& logits, const Tensor& images, const Tensor& targets) const;
  StepScore learn_part(std::span<const data::Batch> lanes, int epoch, int iteration);
  StepScore learn_together(std::span<const data::Batch> lanes, int epoch, int iteration);
  void clear_gradients() const;

  config::Config config_;
  LearnerOptions options_;
  std::shared_ptr<Ranks> ranks_;
  Interpreter network_;
  State model_, average_;
  Optimizer optimizer_;
};

}  // namespace nnstretch::train
