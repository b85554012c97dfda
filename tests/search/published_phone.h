// The latencies that NN-Stretch published for its phone "mi", in milliseconds: each network on the
// CPU, the GPU and the DSP alone, then stretched over CPU and GPU, and over CPU and DSP. Measured
// at 224 x 224 with TF-Lite, in a twin of the networks: without squeeze-and-excitation, and with
// relu wherever the CPU computes.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "config/config.h"
#include "support/paths.h"

namespace nnstretch::testing {

struct PublishedRow {
  std::string network;
  double cpu, gpu, dsp, cpu_gpu, cpu_dsp;
  // Whether the published stretches ran as they were meant to. In the others parts were started
  // before what they read was there, so that less was waited for.
  bool clean;
};

inline const std::vector<PublishedRow>& published_phone() {
  static const std::vector<PublishedRow> rows = {
      {"R-34", 21.69, 36.52, 24.38, 15.31, 13.26, true},
      {"R-50", 28.83, 37.41, 30.40, 25.02, 23.19, true},
      {"RX-1.6", 27.45, 45.08, 32.63, 20.53, 17.00, false},
      {"RX-4", 37.06, 74.51, 48.88, 31.69, 24.97, false},
      {"EN-L4", 16.26, 18.50, 16.28, 14.11, 11.00, true},
      {"EN-B5", 26.67, 32.16, 29.78, 24.58, 20.12, false}};
  return rows;
}

// As it ran there: `suffix` is C, G, D, CG or CD.
inline config::Config published_config(const std::string& network, const std::string& suffix) {
  std::vector<std::string> twin = {"ANYNET.SE_ON", "False"};
  if (suffix[0] == 'C') twin.insert(twin.end(), {"MODEL.ACTIVATION_FUN", "relu"});
  return config::load(source_folder() / "configs/mi" / (network + "-" + suffix + ".yaml"), twin);
}
inline constexpr int kPublishedSize = 224;

}  // namespace nnstretch::testing
