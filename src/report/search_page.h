// What a profile predicts and what a search found, for `predict` and `search`.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "report/reporter.h"
#include "search/search.h"

namespace nnstretch::report {

struct PredictedNetwork {
  std::string cfg;
  search::Prediction prediction;
};
// As CSV a line a part of each network.
Report report_of(const std::vector<PredictedNetwork>& networks, const search::Predictor& predictor);

// A searched network as it was written, and timed if it was.
struct FoundNetwork {
  std::filesystem::path file;
  std::optional<double> measured_us = {};
};
struct SearchReport {
  std::string net;
  search::Result result;
  std::vector<FoundNetwork> files;                   // of result.networks
  std::vector<std::optional<double>> plain_us = {};  // as measured, of result.plain; may be empty
};
// As CSV a line a network.
Report report_of(const SearchReport& search, const search::Predictor& predictor);

}  // namespace nnstretch::report
