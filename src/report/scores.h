// How often networks are right: what `test` and `supernet eval` give.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "measure/remarks.h"
#include "report/reporter.h"

namespace nnstretch::report {

struct Score {
  std::string network = {}, computed_as = {};  // a file or a network in it; "int8 on core0, core1"
  int64_t images = 0, skipped = 0;             // skipped: damaged pictures
  double top1_err = 0, top5_err = 0;           // percent
  // Of a checkpoint: "model" or "ema"; "made-up" of a network that nobody trained.
  std::optional<std::string> weights = {};
  // Of a file that was computed as it is run.
  std::optional<std::vector<std::string>> processors = {};
  std::optional<measure::Remarks> remarks = {};
};

Report report_of(const std::vector<Score>& scores);
// What a report of scores holds as JSON, and back. FormatError at `where`.
std::vector<Score> scores_from_json(const Json& json, const std::string& where);

// A network inside an elastic one.
struct SubnetScore {
  std::string subnet, size;  // as it was asked for; its depths and widths
  int64_t multiply_adds = 0, parameters = 0;
  int64_t images = 0, skipped = 0;
  double top1_err = 0, top5_err = 0;  // percent
};

Report report_of(const std::vector<SubnetScore>& scores);
std::vector<SubnetScore> subnet_scores_from_json(const Json& json, const std::string& where);

// "12.5 % wrong", "  top-1 87.50 %", "  top-1 0.10 % (made-up weights)": for lines that tell how
// far something is.
std::string percent_wrong(double top1_err);
std::string top1(const Score& score);

}  // namespace nnstretch::report
