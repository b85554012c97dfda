#include "train/elastic/sandwich.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "nets/build.h"
#include "train/loss.h"
#include "train/train_error.h"

namespace nnstretch::train {

Sandwich::Sandwich(const config::Config& config)
    : config_(config), elastic_(config), supernet_(nets::build(config, config.train.im_size)) {
  if (config.bn.num_samples_precise < config.train.batch_size)
    throw ConfigError(
        {.what = "BN.NUM_SAMPLES_PRECISE is less than a batch",
         .where = config.where("BN.NUM_SAMPLES_PRECISE"),
         .fix = "networks inside need statistics of their own: give several batches"});
  cut(elastic_.smallest());
}

Subnet Sandwich::cut(const nets::NetSize& size) const {
  return {nets::build(elastic_.config_of(size), config_.train.im_size), supernet_,
          config_.elastic.align};
}

std::vector<nets::NetSize> Sandwich::networks(int epoch, int iteration) const {
  if (epoch < config_.elastic.alone_epochs) return {};
  std::vector<nets::NetSize> networks = {elastic_.smallest()};
  for (int i = 2; i < config_.elastic.networks; ++i)
    networks.push_back(
        elastic_.random({static_cast<uint64_t>(config_.rng_seed), static_cast<uint64_t>(epoch),
                         static_cast<uint64_t>(iteration), static_cast<uint64_t>(i)}));
  return networks;
}

void Sandwich::learn(const State& supernet, const Tensor& images, const Tensor& largest_logits,
                     int epoch, int iteration) const {
  for (const nets::NetSize& size : networks(epoch, iteration)) {
    const Subnet subnet = cut(size);
    const Tensor logits = subnet.network().forward(
        subnet.view(supernet), images, {.training = true, .mixed = config_.train.mixed_precision});
    const Tensor loss = imitation_loss(logits, largest_logits, config_.elastic.temperature);
    if (!std::isfinite(loss.item<float>()))
      throw TrainError({.what = fmt::format("the loss of {} is {}", nets::Elastic::name_of(size),
                                            loss.item<float>()),
                        .where = fmt::format("epoch {}, step {}", epoch + 1, iteration + 1),
                        .fix = "lower OPTIM.BASE_LR, or raise ELASTIC.ALONE_EPOCHS"});
    loss.backward();
  }
}

}  // namespace nnstretch::train
