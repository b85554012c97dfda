// What a model file says beside its network: for people, and for whoever feeds it pictures.
#pragma once
#include <string>
#include <vector>

namespace nnstretch::formats {

struct Beside {
  bool preprocess_assumed = false;  // nothing says that images are prepared as Model::preprocess
  std::vector<std::string> labels = {};  // of the classes, by index; empty: the file has none
  std::string calibrated_on = {};        // pictures that int8 ranges come from; empty: not said
};

}  // namespace nnstretch::formats
