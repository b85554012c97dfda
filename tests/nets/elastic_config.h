// A small elastic network of two stages and two branches.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"

namespace nnstretch::testing {

inline constexpr const char* kElastic = R"(
MODEL: {TYPE: mbanynet, NUM_CLASSES: 10}
ANYNET:
  STEM_TYPE: res_stem_cifar
  STEM_W: 8
  BLOCK_TYPE: res_basic_block
  DEPTHS: [[2, 2], [2, 2]]
  WIDTHS: [[16, 16], [32, 24]]
  STRIDES: [[2, 2], [2, 2]]
  DEVICES: [cpu, gpu]
ELASTIC:
  MIN_DEPTHS: [[1, 1], [1, 2]]
  MIN_WIDTHS: [[8, 8], [16, 8]]
  NETWORKS: 4
TRAIN: {BATCH_SIZE: 4, IM_SIZE: 16}
)";

inline config::Config elastic_config(const std::vector<std::string>& overrides = {}) {
  return config::parse(kElastic, "elastic.yaml", overrides);
}

}  // namespace nnstretch::testing
