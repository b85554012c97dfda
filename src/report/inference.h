// One input's way through a network: what `infer` gives.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/context.h"
#include "measure/device.h"
#include "measure/doubts.h"
#include "measure/remarks.h"
#include "report/reporter.h"

namespace nnstretch::report {

struct InferenceResult {
  std::string model;
  struct Class {
    size_t number = 0;
    double logit = 0;
    std::optional<std::string> label = {};
  };
  std::vector<Class> top5;  // likeliest first
  struct Output {
    std::string name, type;
    std::vector<int64_t> shape;
  };
  std::vector<Output> outputs;
  measure::Remarks remarks;
  std::optional<measure::Signs> signs = {};  // none in results of older versions
  std::vector<measure::Doubt> doubts = {};
  bool reliable = true;
  std::optional<measure::DeviceFacts> device = {};  // where it ran; none: on this machine
  measure::Context context;
};

Report report_of(const InferenceResult& result);
InferenceResult inference_from_json(const Json& json, const std::string& where);

}  // namespace nnstretch::report
