// Checkpoints as pycls writes and reads them: states, errors, optimiser and configuration.
//     OUT_DIR/checkpoints/model_epoch_0003.pyth   the newest
//     OUT_DIR/checkpoints/within_epoch_0004.pyth  of an epoch that is not done; not of pycls
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

// The same within an epoch, after `steps` of it.
weights::TorchValue to_checkpoint_within(const Learner& learner, const config::Config& config,
                                         int epoch, int steps);
// Steps that are done of the checkpoint's epoch; 0: the epoch is.
int steps_within(const weights::TorchValue& checkpoint, const std::string& where);

// Takes over both states and, if there is one, the optimiser's. Returns the checkpoint's epoch.
// FormatError naming the file: it belongs to another network or optimiser, or holds NaN; then
// nothing is changed.
int restore(Learner& learner, const weights::TorchValue& checkpoint, const std::string& where);

// Starts from the weights of any file that weights::load() reads, with a new optimiser. With
// `new_head` the classifier ("head.fc") stays as it is, whatever the file has; gives the shape of
// the file's, "1000x512", or "none". ShapeError or FormatError: weights of another network, or NaN.
std::string start_from(Learner& learner, const ir::Graph& graph, const std::filesystem::path& path,
                       bool new_head = false);

// The files of one training.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::filesystem::path out_dir) : out_dir_(std::move(out_dir)) {}
  // The one that is farthest, within an epoch or after it, if there is one. IoError if the folder
  // is there and cannot be read.
  std::optional<std::filesystem::path> newest() const;
  // Whether there is a best. FormatError or IoError if save() could not bring it up to date: it
  // cannot be read, or is of a network whose state is unlike this.
  bool has_best(const State& like) const;
  // Brings the best up to date, writes the epoch's, and only then removes older epochs. Returns
  // what was written.
  std::filesystem::path save(const weights::TorchValue& checkpoint, int epoch, Errors errors) const;
  // Of an epoch that is not done: until that epoch's is written.
  std::filesystem::path save_within(const weights::TorchValue& checkpoint, int epoch) const;

 private:
  void update_best(const weights::TorchValue& checkpoint, Errors errors) const;
  void remove_all_but(const std::filesystem::path& kept) const;
  std::filesystem::path best() const { return out_dir_ / "model.pyth"; }
  std::filesystem::path out_dir_;
};

}  // namespace nnstretch::train
