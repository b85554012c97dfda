// A configuration's part of result.json: what was timed, and what is known of the network that was.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fields.h"
#include "measure/result.h"
#include "report/scores.h"

namespace nnstretch::report {

// int8 against float, on images that calibration has not seen (quantize/fidelity.h).
struct FidelityResult {
  size_t images = 0;
  // Of two images at least.
  std::optional<double> centred_correlation_median = {}, centred_correlation_worst = {},
                        wrong_image_median = {}, top1_agreement = {};
};

struct Record {
  measure::Result result;
  std::vector<std::string> overrides;  // KEY, VALUE, ... over the configuration
  int64_t model_bytes = 0;
  int im_size = 0;
  double build_s = 0;
  FidelityResult fidelity;
  std::optional<Score> accuracy;
};

Json to_json(const Record& record);
// Errors are those of result_from_json().
Record record_from_json(const Json& json, const std::string& where);

struct Records {
  std::map<std::string, Record> read;          // by the names of networks or configurations
  std::map<std::string, FormatError> refused;  // those that cannot be read, such as older ones
};

// What `bench --json` wrote, one network, or a result.json. IoError or FormatError naming the file.
Records read_results(const std::filesystem::path& file);

}  // namespace nnstretch::report
