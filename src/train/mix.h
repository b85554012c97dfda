// Mixup and cutmix: a batch is blended with a permutation of itself, images and targets alike.
#pragma once
#include "config/config.h"
#include "train/torch.h"

namespace nnstretch::train {

struct Blend {
  Tensor images;   // (N,3,H,W)
  Tensor targets;  // (N,classes), distributions
  Tensor labels;   // (N): the likeliest class of each target, against which errors are counted
};

// share * x + (1 - share) * x[order], images and targets.
Blend mixup(const Blend& batch, const Tensor& order, double share);

struct Box {
  int64_t top = 0, left = 0, bottom = 0, right = 0;  // ends excluded
};
// The box around a centre whose area is 1 - share of the image, cut off at its edges.
Box cutmix_box(int64_t height, int64_t width, int64_t centre_y, int64_t centre_x, double share);
// Pastes x[order] into the box; targets are blended by the area that stayed.
Blend cutmix(const Blend& batch, const Tensor& order, const Box& box);

// What TRAIN.MIXUP_ALPHA and CUTMIX_ALPHA ask for; of both, a coin chooses one for each batch. All
// that is random follows from the seed.
Blend mix(const Blend& batch, const config::Train& how, uint64_t seed);

}  // namespace nnstretch::train
