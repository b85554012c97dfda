#include "train/check.h"

#include <fmt/format.h>

#include <cmath>

#include "config/complaints.h"
#include "config/plain.h"
#include "config/stages.h"
#include "nets/elastic.h"
#include "train/schedule.h"

namespace nnstretch::train {
namespace {

using config::Config;
using config::fail;

// A number from `least` on, below `limit` (and at it, if `and_limit`).
void real(const Config& config, std::string_view key, double value, double least,
          double limit = HUGE_VAL, bool and_limit = false) {
  if (value >= least && (value < limit || (and_limit && value == limit))) return;
  fail(config, key, fmt::format("is {}", value),
       std::isfinite(limit) ? fmt::format("write a number from {} {} {}", least,
                                          and_limit ? "to" : "and below", limit)
                            : fmt::format("write a number of {} or more", least));
}

void check_optim(const Config& config) {
  const auto& optim = config.optim;
  config::one_of(config, "OPTIM.OPTIMIZER", optim.optimizer, {"sgd", "adam", "adamw"});
  config::one_of(config, "OPTIM.LR_POLICY", optim.lr_policy,
                 {"cos", "lin", "exp", "exp2", "steps"});
  config::in_range(config, "OPTIM.MAX_EPOCH", optim.max_epoch, 1, 1 << 20);
  config::in_range(config, "OPTIM.WARMUP_EPOCHS", optim.warmup_epochs, 0, 1 << 20);
  real(config, "OPTIM.BASE_LR", optim.base_lr, 0);
  real(config, "OPTIM.MIN_LR", optim.min_lr, 0);
  real(config, "OPTIM.LR_MULT", optim.lr_mult, 0);
  real(config, "OPTIM.HEAD_LR_MULT", optim.head_lr_mult, 0);
  real(config, "OPTIM.GRAD_CLIP", optim.grad_clip, 0);
  real(config, "OPTIM.MOMENTUM", optim.momentum, 0, 1);
  real(config, "OPTIM.DAMPENING", optim.dampening, 0, 1, true);
  real(config, "OPTIM.BETA1", optim.beta1, 0, 1);
  real(config, "OPTIM.BETA2", optim.beta2, 0, 1);
  real(config, "OPTIM.WEIGHT_DECAY", optim.weight_decay, 0);
  real(config, "OPTIM.WARMUP_FACTOR", optim.warmup_factor, 0);
  real(config, "OPTIM.EMA_ALPHA", optim.ema_alpha, 0);
  (void)learning_rate(config, 0);  // complains itself of STEPS
}

void check_pictures(const Config& config) {
  const auto& train = config.train;
  config::in_range(config, "TRAIN.ACCUM_STEPS", train.accum_steps, 1, 1 << 20);
  config::in_range(config, "TRAIN.SAVE_STEPS", train.save_steps, 0, 1 << 30);
  config::one_of(config, "TRAIN.FLIP", train.flip, {"on", "off", ""});
  real(config, "TRAIN.SAVE_MINUTES", train.save_minutes, 0);
  real(config, "TRAIN.LABEL_SMOOTHING", train.label_smoothing, 0, 1);
  real(config, "TRAIN.MIXUP_ALPHA", train.mixup_alpha, 0);
  real(config, "TRAIN.CUTMIX_ALPHA", train.cutmix_alpha, 0);
  real(config, "TRAIN.PCA_STD", train.pca_std, 0);
}

void check_network(const Config& config) {
  if (nets::Elastic::is(config) && !config.train.freeze.empty())
    fail(config, "TRAIN.FREEZE", "is for networks that are not elastic", "leave it out");
  real(config, "BN.MOM", config.bn.mom, 0, 1, true);
  real(config, "BN.EPS", config.bn.eps, 0);
  for (const auto& [key, value] : {std::pair{"EN.DC_RATIO", config.en.dc_ratio},
                                   std::pair{"EN.DROPOUT_RATIO", config.en.dropout_ratio}})
    if (config.model.type == "effnet" && value != 0)
      fail(config, key, fmt::format("is {}, and nothing is dropped here", value), "write 0.0");
  const config::AnyNet net = config::as_anynet(config).anynet;
  int stride = net.stem_type == "res_stem_cifar" ? 1 : net.stem_type == "res_stem_in" ? 4 : 2;
  for (const config::Stage& stage : config::stages(config)) stride *= stage.branches[0].stride;
  if (config.train.im_size < stride)
    fail(config, "TRAIN.IM_SIZE",
         fmt::format("is {}, less than the network's stride of {}", config.train.im_size, stride),
         "give larger pictures, or the stages smaller strides");
}

}  // namespace

void check_training(const Config& config) {
  config::one_of(config, "MODEL.LOSS_FUN", config.model.loss_fun, {"cross_entropy"});
  check_optim(config);
  check_pictures(config);
  check_network(config);
}

}  // namespace nnstretch::train
