// What int8 costs a network, on images that neither calibration nor a choice has seen: what
// `build --report` gives.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantize/fidelity.h"
#include "quantize/mixed_precision.h"
#include "report/reporter.h"

namespace nnstretch::report {

// The fastest of 20 runs in microseconds, where blocks were kept float: what they cost.
struct MixedLatency {
  double int8 = 0, mixed = 0;
};

struct QuantisationResult {
  std::string observer;        // that was taken
  size_t images_tried = 0;     // held-out images of the trials
  size_t equalised_pairs = 0;  // of convolutions
  quantize::Fidelity fidelity;
  std::map<std::string, quantize::Fidelity> tried;  // by observer, if all were tried
  std::vector<quantize::FloatBlock> float_blocks;
  std::vector<quantize::LayerError> layers;  // worst first
  std::optional<MixedLatency> latency_us;
};

Report report_of(const QuantisationResult& result);
QuantisationResult quantisation_from_json(const Json& json, const std::string& where);

}  // namespace nnstretch::report
