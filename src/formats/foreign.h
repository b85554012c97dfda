// How images are prepared for a model file without our metadata: what something in the file tells,
// and what is assumed where nothing does. One place for every reader.
#pragma once
#include <array>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch::formats {

// Whose work everything in a file without branches is.
inline const ir::Place kOnlyPlace = {.stage = 0, .branch = 0, .role = "cpu"};

// (pixel - mean) / std of red, green and blue pixels in 0..255. What that leaves open is assumed:
// RGB, cropped to the input's size. A note begins with `told` and says all that.
void prepare_as_told(ir::Model& model, const std::array<double, 3>& mean,
                     const std::array<double, 3>& std, const std::string& told);

// As the network's first operators show (formats/first_operators.h): they normalise pixels, so that
// images go in raw. Else as most networks are trained: RGB, ImageNet's mean and std, cropped to the
// input's size: Beside::preprocess_assumed. A note says which.
void assume_preprocess(ir::Model& model, Beside& beside);

}  // namespace nnstretch::formats
