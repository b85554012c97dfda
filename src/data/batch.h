// What a loader gives and training takes: prepared images with their classes, batch by batch.
//     batches.start_epoch(3);
//     for (data::Batch batch; batches.next(batch);) step(batch);
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nnstretch::data {

struct Batch {
  std::vector<float> images;    // (N, 3, height, width), as the network sees them
  std::vector<int64_t> labels;  // N classes
  int height = 0, width = 0;

  size_t size() const { return labels.size(); }  // N
};

// The order of the samples, and all that is random about them, follows from the epoch alone.
class Batches {
 public:
  virtual ~Batches() = default;
  // Begins epoch `epoch` (from 0), whatever was left of another one; its first `done` batches are
  // left out, as if they had been given.
  virtual void start_epoch(int epoch, size_t done = 0) = 0;
  // The next batch of the epoch; false, and `batch` as it was, after the last one.
  virtual bool next(Batch& batch) = 0;
  // How many an epoch has.
  virtual size_t count() const = 0;
  // Damaged pictures that were left out since the epoch began.
  virtual size_t skipped() const { return 0; }
};

}  // namespace nnstretch::data
