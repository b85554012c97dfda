// What an elastic network learns from a batch beside its largest network's lesson: the smallest and
// some networks between, drawn at random, learn to answer as the largest just did.
//     Tensor logits = network.forward(supernet, images, {.training = true});  // the largest
//     soft_cross_entropy(logits, targets).backward();
//     sandwich.learn(supernet, images, logits.detach(), epoch, iteration);    // adds to gradients
#pragma once
#include "nets/elastic.h"
#include "train/elastic/subnet.h"

namespace nnstretch::train {

class Sandwich {
 public:
  // ConfigError or ShapeError: the configuration is not elastic, its smallest network cannot be
  // built or cut out, or BN.NUM_SAMPLES_PRECISE gives the others no statistics.
  explicit Sandwich(const config::Config& config);

  // Adds gradients, one network after another, to those that stand in the supernet's parameters,
  // and leaves its statistics as they are. Which networks follows from RNG_SEED, epoch and
  // iteration: the same ones on every rank. Nothing in the first ALONE_EPOCHS.
  void learn(const State& supernet, const Tensor& images, const Tensor& largest_logits, int epoch,
             int iteration) const;
  // The networks of a step without the largest; the smallest is the first.
  std::vector<nets::NetSize> networks(int epoch, int iteration) const;

  Subnet cut(const nets::NetSize& size) const;
  const nets::Elastic& elastic() const { return elastic_; }

 private:
  config::Config config_;
  nets::Elastic elastic_;
  ir::Graph supernet_;
};

}  // namespace nnstretch::train
