// A network without branches, and what its stages may become: branches of other depths and widths,
// for any number of processors. Channels meet as in MB_VER 2; mbconv networks as in MB_VER 1, where
// every branch has its own width inside and an equal share of the channels outside.
//     const Plain plain(config::load("configs/mi/R-34-C.yaml"), 224);
//     plain.stretched({{{3, 64}, {2, 32}}, ...}, {.devices = {"cpu", "dsp"}});
#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "config/stages.h"
#include "ir/graph.h"
#include "nets/elastic.h"
#include "search/piece.h"

namespace nnstretch::search {

// The least shares of a plain stage's depth and width that a branch may have.
inline constexpr double kLeastDepth = 0.25, kLeastWidth = 0.2;

struct PlainStage {
  int depth = 1, width = 1;  // of the plain network
  int side = 1, w_in = 1;    // of its input: pixels, channels
  int side_out = 1;
  int step = 8;   // between widths that branches may have
  ir::Cost cost;  // of the plain network's stage
};

// The roles of a stretch: branch j of a stage belongs to devices[j].
struct Roles {
  std::vector<std::string> devices;
  std::string stem = {}, head = {};  // empty: the first of devices
};

class Plain {
 public:
  // ConfigError for a network that has branches already.
  Plain(const config::Config& config, int im_size);

  const config::Config& config() const { return config_; }
  int im_size() const { return im_size_; }
  const std::vector<PlainStage>& stages() const { return stages_; }
  // Whether the channels at meeting points are the plain network's, whatever the branches' widths.
  bool fixed_meetings() const { return fixed_meetings_; }
  // Depths from this share of the plain one to it; widths likewise, in steps, the plain one too.
  std::vector<int> depths(int stage, double least_share) const;
  std::vector<int> widths(int stage, double least_share) const;
  // What a stage of so many branches, each of such a width, gives.
  int meeting_width(int stage, const std::vector<int>& widths) const;

  // The configuration with these branches, under the roles given.
  config::Config stretched(const nets::NetSize& size, const Roles& roles) const;

  PlacedPiece stem() const { return stem_piece(config_, im_size_); }
  PlacedPiece head(int w_in) const { return head_piece(config_, stages_.back().side_out, w_in); }
  // One of `count` branches of that size in a stage that reads w_in channels.
  PlacedPiece branch(int stage, int count, nets::BranchSize size, int w_in) const;
  PlacedPiece meeting(int stage, int count, int w_out) const;
  // What such a branch costs; remembered. One thread at a time.
  ir::Cost branch_cost(int stage, int count, nets::BranchSize size, int w_in) const;

 private:
  ir::Cost built_cost(int stage, int count, nets::BranchSize size, int w_in) const;
  config::Config with_stage(int stage, int count, nets::BranchSize size) const;

  config::Config config_;
  int im_size_;
  std::vector<config::Stage> configured_;
  std::vector<PlainStage> stages_;
  bool fixed_meetings_;
  mutable std::map<std::tuple<int, int, int, int>, ir::Cost> first_blocks_;  // stage, count, width,
                                                                             // w_in
  mutable std::map<std::tuple<int, int, int>, ir::Cost> further_blocks_;
};

// Roles in the order in which branches get them where nobody says it: cpu, dsp, gpu, npu.
std::vector<std::string> first_roles(size_t count);

}  // namespace nnstretch::search
