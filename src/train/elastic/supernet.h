// An elastic network that was trained: any network inside it, with statistics of its own, to be
// scored or taken out.
//     const Supernet supernet(config, "out/model.pyth", Layout::channels_last);
//     const Member member = supernet.member(supernet.elastic().find("random:7"), *training);
//     score(member.network, member.state, Layout::channels_last, *pictures);
//     write_member(member, "smaller");
#pragma once
#include <filesystem>

#include "data/batch.h"
#include "train/elastic/sandwich.h"

namespace nnstretch::train {

struct Member {
  config::Config config;  // an ordinary one
  Interpreter network;
  State state;
};

class Supernet {
 public:
  // Weights of any file that weights::load() reads: of a checkpoint the better of model and
  // average. Errors of Sandwich and of reading.
  Supernet(const config::Config& config, const std::filesystem::path& weights, Layout layout);
  const nets::Elastic& elastic() const { return sandwich_.elastic(); }
  // Cut out, with batch norm statistics over the first BN.NUM_SAMPLES_PRECISE pictures of
  // `training` in epoch 0: the same pictures always give the same network. The largest one's are
  // new too.
  Member member(const nets::NetSize& size, data::Batches& training) const;

 private:
  config::Config config_;
  Sandwich sandwich_;
  Layout layout_;
  State state_;
};

// FOLDER/config.yaml and FOLDER/model.pyth, which train, test and build take as they take any.
// IoError.
void write_member(const Member& member, const std::filesystem::path& folder);

}  // namespace nnstretch::train
