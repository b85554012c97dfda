#include "train/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace nnstretch::train {
namespace {

// LR_MULT once for each entry of STEPS, behind the first, that was reached.
double stepwise(const config::Config& config, int epoch) {
  double reached = -1;
  for (const config::Value& step : config.optim.steps) {
    const auto* whole = step.get_if<int64_t>();
    const auto* real = step.get_if<double>();
    if (!whole && !real)
      throw ConfigError({.what = "an entry that is no number",
                         .where = config.where("OPTIM.STEPS"),
                         .fix = "give epochs, the first 0"});
    if ((whole ? static_cast<double>(*whole) : *real) <= epoch) ++reached;
  }
  if (reached < 0)
    throw ConfigError({.what = "the policy `steps` needs epochs, the first 0",
                       .where = config.where("OPTIM.STEPS")});
  return std::pow(config.optim.lr_mult, reached);
}

double exponential(const config::Config& config, double done) {
  if (config.optim.min_lr <= 0)
    throw ConfigError({.what = "the policy `exp` needs a rate above 0 to end at",
                       .where = config.where("OPTIM.MIN_LR")});
  return std::pow(config.optim.min_lr, done);
}

// LR_MULT every STEP epochs from MIN_EPOCH on, smoothly.
double exponential_in_steps(const config::Config& config, int epoch) {
  const auto& optim = config.optim;
  if (!(optim.step > 0))
    throw ConfigError({.what = "the policy `exp2` needs a number of epochs above 0",
                       .where = config.where("OPTIM.STEP")});
  return std::pow(optim.lr_mult, (epoch - optim.min_epoch) / optim.step);
}

double policy(const config::Config& config, int epoch) {
  const auto& optim = config.optim;
  const double done = static_cast<double>(epoch) / optim.max_epoch;
  if (optim.lr_policy == "cos")
    return (1 - optim.min_lr) * 0.5 * (1 + std::cos(std::numbers::pi * done)) + optim.min_lr;
  if (optim.lr_policy == "lin") return (1 - optim.min_lr) * (1 - done) + optim.min_lr;
  if (optim.lr_policy == "exp") return exponential(config, done);
  if (optim.lr_policy == "exp2") return exponential_in_steps(config, epoch);
  if (optim.lr_policy == "steps") return stepwise(config, epoch);
  throw ConfigError({.what = fmt::format("LR_POLICY '{}' is not known", optim.lr_policy),
                     .where = config.where("OPTIM.LR_POLICY"),
                     .fix = "use cos, lin, exp, exp2 or steps"});
}

}  // namespace

double learning_rate(const config::Config& config, int epoch) {
  const auto& optim = config.optim;
  double rate = optim.base_lr * policy(config, epoch);
  if (epoch < optim.warmup_epochs) {
    const double warm = static_cast<double>(epoch) / optim.warmup_epochs;
    rate *= optim.warmup_factor * (1 - warm) + warm;
  }
  return rate;
}

double average_share(const config::Config& config, int epoch) {
  const auto& optim = config.optim;
  if (epoch < optim.warmup_epochs) return 1;
  const double batch = static_cast<double>(config.train.batch_size) * config.train.accum_steps;
  return std::min(1.0, optim.ema_alpha * batch / optim.max_epoch * optim.ema_update_period);
}

}  // namespace nnstretch::train
