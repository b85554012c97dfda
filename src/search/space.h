// The branchings of a plain network on the processors of a profile, as a problem for optimum():
// what a branch takes comes from the profile, what it costs from its graph.
//     Space space(plain, predictor, wishes);
//     optimum(space.problem({"cpu", "dsp"}), goal);
#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "search/search.h"

namespace nnstretch::search {

class Space {
 public:
  // All must outlive it.
  Space(const Plain& plain, const Predictor& predictor, const Wishes& wishes);

  // Branch j of a stage on devices[j]; a stage has one branch up to one on each. The space must
  // outlive it.
  Problem problem(std::vector<std::string> devices);
  // The device on which the stem, or the head of so many channels, is fastest.
  std::string best_for_stem(const std::vector<std::string>& devices) const;
  std::string best_for_head(const std::vector<std::string>& devices, int w_in) const;
  // Stages may have fewer multiply-adds than wished: for what comes nearest.
  void forget_floors() { floors_.assign(floors_.size(), 0); }

 private:
  struct Branch {
    nets::BranchSize size;
    const Table* table = nullptr;
    Piece piece;  // but for w_in
  };

  std::vector<Way> ways(const std::vector<std::string>& devices, int stage, int w_in);
  const std::vector<Choice>& choices(int stage, int count, const std::string& role, int w_in);
  const std::vector<Branch>& branches(int stage, int count, const std::string& kind);
  double stem_us(const std::string& role) const;
  double head_us(const std::string& role, int w_in) const;

  const Plain& plain_;
  const Predictor& predictor_;
  const Wishes& wishes_;
  std::vector<int64_t> floors_;  // multiply-adds, by stage
  Piece stem_;
  ir::Cost stem_cost_;
  std::map<int, PlacedPiece> heads_;  // by channels
  std::map<std::tuple<int, int, std::string>, std::vector<Branch>> branches_;
  std::map<std::tuple<int, int, std::string, int>, std::vector<Choice>> choices_;
  std::map<std::tuple<int, int, int>, Piece> meetings_;  // stage, count, channels
};

}  // namespace nnstretch::search
