#include "train/mix.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace nnstretch::train {
namespace {

Tensor blend(const Tensor& a, const Tensor& b, double share) { return share * a + (1 - share) * b; }

Blend with_labels(Tensor images, Tensor targets) {
  Tensor labels = targets.argmax(1);
  return {std::move(images), std::move(targets), std::move(labels)};
}

// Beta(alpha, alpha), as the part that one of two gamma variables has in their sum.
double beta(double alpha, std::mt19937_64& random) {
  std::gamma_distribution<double> gamma(alpha);
  const double a = gamma(random), b = gamma(random);
  return a + b > 0 ? a / (a + b) : 0.5;
}

Tensor permutation(int64_t count, std::mt19937_64& random) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  return torch::tensor(order);
}

}  // namespace

Blend mixup(const Blend& batch, const Tensor& order, double share) {
  return with_labels(blend(batch.images, batch.images.index_select(0, order), share),
                     blend(batch.targets, batch.targets.index_select(0, order), share));
}

Box cutmix_box(int64_t height, int64_t width, int64_t y, int64_t x, double share) {
  const double side = std::sqrt(1 - share);
  const auto h = static_cast<int64_t>(static_cast<double>(height) * side);
  const auto w = static_cast<int64_t>(static_cast<double>(width) * side);
  const auto within = [](int64_t at, int64_t size) { return std::clamp<int64_t>(at, 0, size); };
  return {within(y - h / 2, height), within(x - w / 2, width), within(y + h / 2, height),
          within(x + w / 2, width)};
}

Blend cutmix(const Blend& batch, const Tensor& order, const Box& box) {
  const auto cut = [&](const Tensor& images) {
    return images.slice(2, box.top, box.bottom).slice(3, box.left, box.right);
  };
  Tensor images = batch.images.clone();
  cut(images).copy_(cut(batch.images.index_select(0, order)));
  const double pasted = static_cast<double>((box.bottom - box.top) * (box.right - box.left));
  const double share = 1 - pasted / static_cast<double>(images.size(2) * images.size(3));
  return with_labels(std::move(images),
                     blend(batch.targets, batch.targets.index_select(0, order), share));
}

Blend mix(const Blend& batch, const config::Train& how, uint64_t seed) {
  if (how.mixup_alpha <= 0 && how.cutmix_alpha <= 0) return batch;
  std::mt19937_64 random(seed);
  const bool both = how.mixup_alpha > 0 && how.cutmix_alpha > 0;
  const bool cut = both ? random() % 2 == 0 : how.cutmix_alpha > 0;
  const double share = beta(cut ? how.cutmix_alpha : how.mixup_alpha, random);
  const Tensor order = permutation(batch.images.size(0), random).to(batch.images.device());
  if (!cut) return mixup(batch, order, share);
  const int64_t height = batch.images.size(2), width = batch.images.size(3);
  const auto at = [&](int64_t size) {
    return std::uniform_int_distribution<int64_t>(0, size - 1)(random);
  };
  const int64_t y = at(height), x = at(width);
  return cutmix(batch, order, cutmix_box(height, width, y, x, share));
}

}  // namespace nnstretch::train
