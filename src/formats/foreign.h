// What is assumed of a model file that says nothing of itself: one place for every reader.
#pragma once
#include "ir/graph.h"

namespace nnstretch::formats {

// Whose work everything in a file without branches is.
inline const ir::Place kOnlyPlace = {.stage = 0, .branch = 0, .role = "cpu"};

// Images as most networks are trained on them: RGB, ImageNet's mean and deviation, cropped to the
// input's size. Says so in the model's notes.
void assume_preprocess(ir::Model& model);

}  // namespace nnstretch::formats
