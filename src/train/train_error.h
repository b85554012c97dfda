// What can go wrong only in training.
#pragma once
#include "base/error.h"

namespace nnstretch::train {

// Ranks that lost each other, numbers that are no numbers.
struct TrainError : Error {
  using Error::Error;
};

}  // namespace nnstretch::train
