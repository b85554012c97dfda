#include "search/predict.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nnstretch::search {

double PredictedStage::us() const {
  double slowest = 0;
  for (const auto& branch : branches) slowest = std::max(slowest, branch.us);
  return slowest + (meeting ? meeting->us : 0);
}

double Prediction::us() const {
  double sum = stem.us + head.us;
  for (const auto& stage : stages) sum += stage.us();
  return sum;
}

void Predictor::refuse(const std::string& kind, const Piece& piece) const {
  throw FormatError(
      {.what = fmt::format("the profile has no point for {} on {}", to_string(piece), kind),
       .where = profile_.name,
       .fix = fmt::format("add it by `nnstretch profile --net PLAIN --include CFG --out {}`",
                          profile_.name)});
}

double Predictor::us(const std::string& role, const Piece& piece, bool together) const {
  const std::string& kind = profile_.machine.of_role(role).kind;
  const auto us = latencies_.us(kind, piece);
  if (!us) refuse(kind, piece);
  return *us * (together ? profile_.factor_of(kind) : 1);
}

Prediction predict(const config::Config& config, int im_size, const Predictor& predictor) {
  const auto predicted = [&](const PlacedPiece& placed, bool together = false) {
    return PredictedPiece{placed.role, predictor.profile().machine.of_role(placed.role).kind,
                          placed.piece, predictor.us(placed.role, placed.piece, together)};
  };
  const Layout layout = layout_of(config, im_size);
  Prediction prediction{
      .stem = predicted(layout.stem), .stages = {}, .head = predicted(layout.head)};
  for (const StageLayout& stage : layout.stages) {
    PredictedStage& one = prediction.stages.emplace_back();
    for (const auto& branch : stage.branches)
      one.branches.push_back(predicted(branch, stage.branches.size() > 1));
    if (stage.meeting) one.meeting = predicted(*stage.meeting);
  }
  return prediction;
}

config::Config on_role(config::Config config, const std::string& role) {
  config.anynet.devices = {config::Value(role)};
  config.anynet.stem_device = config.anynet.head_device = config.anynet.merge_device = role;
  return config;
}

}  // namespace nnstretch::search
