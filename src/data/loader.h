// Batches of prepared pictures, made ahead by threads.
//     Loader loader(*dataset, transform, {.batch_size = 128, .shuffle = true, .seed = 1});
//     loader.start_epoch(0);
//     Batch batch;
//     while (loader.next(batch)) train(batch);
// The batches of an epoch depend on the seed and the epoch, never on the number of workers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/batch.h"
#include "data/dataset.h"
#include "data/transform.h"

namespace nnstretch::data {

struct LoaderOptions {
  size_t batch_size = 1;  // of this rank
  bool shuffle = false;
  bool drop_last = false;  // an incomplete last batch; and what does not divide by the ranks
  uint64_t seed = 0;
  int rank = 0, world = 1;  // this process takes samples rank, rank + world, ... of the order
  int workers = 1;          // threads
};

class Loader final : public Batches {
 public:
  // Keeps the dataset, which must outlive it. UsageError for options that make no sense.
  Loader(const Dataset& dataset, Transform transform, LoaderOptions options);
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Batches of an epoch, if no sample is skipped.
  size_t count() const override;
  // Pictures of an epoch, if none is skipped.
  size_t samples() const;
  int height() const { return transform_.options().size; }
  int width() const { return transform_.options().size; }

  // Forgets what is left of the epoch before.
  void start_epoch(int epoch, size_t done = 0) override;
  // The next batch, its memory reused; false at the end of the epoch. Damaged samples (FormatError)
  // are left out, so a batch may be smaller, even empty; they are named in a warning and counted.
  // More than one in a hundred of the epoch is a FormatError; any other error is thrown as it is.
  // After an error the epoch is over.
  bool next(Batch& batch) override;
  // Left out since start_epoch(), among the batches that next() gave.
  size_t skipped() const override { return skipped_; }

 private:
  class Epoch;
  std::vector<size_t> order(int epoch) const;
  void count_skipped(const std::vector<std::string>& reasons);

  const Dataset& dataset_;
  Transform transform_;
  LoaderOptions options_;
  size_t skipped_ = 0;
  std::unique_ptr<Epoch> epoch_;
};

}  // namespace nnstretch::data
