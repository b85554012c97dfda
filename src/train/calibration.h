// Pictures that int8 ranges of a trained network are to come from: those it was trained on.
#pragma once
#include "config/config.h"
#include "data/dataset.h"

namespace nnstretch::train {

// Puts 256 pictures, drawn by RNG_SEED, into OUT_DIR/calibration, where whoever builds the network
// of OUT_DIR/config.yaml finds them (pipeline::on_own_pictures()). Not of a folder of images, which
// stays where DATA_PATH says; not where the folder is there already.
void write_calibration(const data::Dataset& training, const config::Config& config);

}  // namespace nnstretch::train
