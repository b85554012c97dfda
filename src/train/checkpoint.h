// Checkpoints as pycls writes and reads them: states, errors, optimiser and configuration.
//     OUT_DIR/checkpoints/model_epoch_0003.pyth   the newest
//     OUT_DIR/model.pyth                          the best numbers of model and average
#pragma once
#include <filesystem>
#include <optional>

#include "train/learner.h"
#include "weights/torch_value.h"

namespace nnstretch::train {

struct Errors {
  double model = 100, average = 100;  // percent, top 1
};

// `epoch` from 0, the learning rate of that epoch.
weights::TorchValue to_checkpoint(const Learner& learner, const config::Config& config, int epoch,
                                  Errors errors);

// Takes over both states and, if there is one, the optimiser's. Returns the checkpoint's epoch.
// FormatError naming the file: it belongs to another network or optimiser; then nothing is changed.
int restore(Learner& learner, const weights::TorchValue& checkpoint, const std::string& where);

// Starts from the weights of any file that weights::load() reads, with a new optimiser.
void start_from(Learner& learner, const ir::Graph& graph, const std::filesystem::path& path);

// The files of one training.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::filesystem::path out_dir) : out_dir_(std::move(out_dir)) {}
  // The last by name, if there is one. IoError if the folder is there and cannot be read.
  std::optional<std::filesystem::path> newest() const;
  // Whether there is a best. FormatError or IoError if save() could not bring it up to date: it
  // cannot be read, or is of a network whose state is unlike this.
  bool has_best(const State& like) const;
  // Brings the best up to date, writes the epoch's, and only then removes older epochs. Returns
  // what was written.
  std::filesystem::path save(const weights::TorchValue& checkpoint, int epoch, Errors errors) const;

 private:
  void update_best(const weights::TorchValue& checkpoint, Errors errors) const;
  std::filesystem::path best() const { return out_dir_ / "model.pyth"; }
  std::filesystem::path out_dir_;
};

}  // namespace nnstretch::train
