// The small networks that the original software trained for three epochs of four steps, batch by
// batch: pictures and labels follow from names alone.
#pragma once
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

#include "config/config.h"
#include "data/batch.h"
#include "nets/build.h"
#include "support/paths.h"
#include "support/recipe.h"
#include "weights/weights.h"

namespace nnstretch::testing {

inline constexpr int kTinyEpochs = 3, kTinySteps = 4, kTinyBatch = 8, kTinyClasses = 10;

inline uint64_t fnv1a(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// Batch `step` of "train" or "test".
inline data::Batch tiny_batch(const std::string& split, int step, int size,
                              int images = kTinyBatch) {
  data::Batch batch{.images = {}, .labels = {}, .height = size, .width = size};
  for (int j = 0; j < images; ++j) {
    const std::string name = split + "." + std::to_string(step * kTinyBatch + j);
    const auto image = recipe_image(name, static_cast<size_t>(size));
    batch.images.insert(batch.images.end(), image.begin(), image.end());
    batch.labels.push_back(static_cast<int64_t>(fnv1a("label." + name) % kTinyClasses));
  }
  return batch;
}

// The same batches every epoch.
class FixedBatches final : public data::Batches {
 public:
  explicit FixedBatches(std::vector<data::Batch> batches) : batches_(std::move(batches)) {}
  void start_epoch(int, size_t done = 0) override { at_ = std::min(done, batches_.size()); }
  bool next(data::Batch& batch) override {
    if (at_ == batches_.size()) return false;
    batch = batches_[at_++];
    return true;
  }
  size_t count() const override { return batches_.size(); }

 private:
  std::vector<data::Batch> batches_;
  size_t at_ = 0;
};

inline std::vector<data::Batch> tiny_training_set(int size) {
  std::vector<data::Batch> batches;
  for (int i = 0; i < kTinySteps; ++i) batches.push_back(tiny_batch("train", i, size));
  return batches;
}

inline config::Config tiny_config(const std::string& name) {
  return config::load(source_folder() / "configs/tiny" / (name + ".yaml"));
}

// Weights of the recipe, which are those that networks without a checkpoint have.
struct TinyNetwork {
  explicit TinyNetwork(const std::string& name)
      : config(tiny_config(name)),
        graph(nets::build(config, config.train.im_size)),
        weights(weights::initialise(graph)) {}
  config::Config config;
  ir::Graph graph;
  ir::WeightStore weights;
};

inline nlohmann::json tiny_log(const std::string& name) {
  std::ifstream file(shared_folder() / "golden/tiny" / name / "log.json");
  return nlohmann::json::parse(file);
}

}  // namespace nnstretch::testing
