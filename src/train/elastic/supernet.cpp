#include "train/elastic/supernet.h"

#include "base/error.h"
#include "base/files.h"
#include "nets/build.h"
#include "train/learner.h"
#include "weights/weights.h"

namespace nnstretch::train {
namespace {

State read_state(const config::Config& config, const std::filesystem::path& path, Layout layout) {
  const ir::Graph graph = nets::build(config, config.train.im_size);
  const auto loaded = weights::load(path);
  return make_state(graph, weights::select(graph, loaded.weights, path.string()), layout);
}

}  // namespace

Supernet::Supernet(const config::Config& config, const std::filesystem::path& weights,
                   Layout layout)
    : config_(config),
      sandwich_(config),
      layout_(layout),
      state_(read_state(config, weights, layout)) {}

Member Supernet::member(const nets::NetSize& size, data::Batches& training) const {
  const torch::NoGradGuard no_grad;
  const Subnet subnet = sandwich_.cut(size);
  Member member{elastic().config_of(size), subnet.network(), subnet.view(state_)};
  const auto batches = static_cast<size_t>(config_.bn.num_samples_precise) /
                       static_cast<size_t>(config_.train.batch_size);
  const auto sums = sum_statistics(member.network, member.state,
                                   images_from(training, /*epoch=*/0, batches, layout_));
  if (sums.back().item<float>() == 0)
    throw ConfigError({.what = "no training pictures to take batch norm statistics from",
                       .where = config_.where("TRAIN.BATCH_SIZE"),
                       .fix = "the data set needs at least a batch of them"});
  set_statistics(member.state, sums);
  return member;
}

void write_member(const Member& member, const std::filesystem::path& folder) {
  config::Config config = member.config;
  config.out_dir = folder.string();
  const std::string text = config::dump(config);
  std::filesystem::create_directories(folder);
  write_atomic(folder / "config.yaml", text);
  weights::Loaded checkpoint;
  checkpoint.weights = to_store(member.state);
  checkpoint.config = text;
  weights::write_pyth(folder / "model.pyth", checkpoint);
}

}  // namespace nnstretch::train
