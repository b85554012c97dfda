// The latency of a configured network from a profile, piece by piece: stem, then of each stage the
// slowest branch and its meeting point, then the head.
//     const Prediction one = predict(config, 224, Predictor(profile));
//     one.us;
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "search/latencies.h"

namespace nnstretch::search {

struct PredictedPiece {
  std::string role, kind;  // whose work it is, on which kind of processor
  Piece piece;
  double us = 0;
};

struct PredictedStage {
  std::vector<PredictedPiece> branches;
  std::optional<PredictedPiece> meeting;
  double us() const;
};

struct Prediction {
  PredictedPiece stem;
  std::vector<PredictedStage> stages;
  PredictedPiece head;
  double us() const;
};

// A profile that is asked.
class Predictor {
 public:
  explicit Predictor(Profile profile) : profile_(std::move(profile)), latencies_(profile_) {}

  const Profile& profile() const { return profile_; }
  const Latencies& latencies() const { return latencies_; }
  // Of a piece on the processor of a role, alone or while all other processors work. FormatError
  // where the profile has no points for it, with the command that adds them.
  double us(const std::string& role, const Piece& piece, bool together) const;
  [[noreturn]] void refuse(const std::string& kind, const Piece& piece) const;

 private:
  Profile profile_;
  Latencies latencies_;
};

// UsageError for a role that the profile's machine has no processor for.
Prediction predict(const config::Config& config, int im_size, const Predictor& predictor);

// The configuration with all its work on one role's processor; of a network without branches.
config::Config on_role(config::Config config, const std::string& role);

}  // namespace nnstretch::search
