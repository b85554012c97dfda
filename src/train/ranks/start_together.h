// Ranks that begin with different numbers would average gradients of different networks.
#pragma once
#include <initializer_list>
#include <string>

#include "train/ranks/ranks.h"
#include "train/state.h"

namespace nnstretch::train {

// On all ranks together. TrainError on each of them if one begins with another epoch than the
// first, or with other numbers in these states; `out_dir` is where they were to find them.
void check_start(Ranks& ranks, int epoch, std::initializer_list<const State*> states,
                 const std::string& out_dir);

}  // namespace nnstretch::train
