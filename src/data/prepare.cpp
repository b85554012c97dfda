#include "data/prepare.h"

#include <algorithm>
#include <cstring>

#include "base/npy.h"

namespace nnstretch::data {

PreparedSummary write_prepared(const Dataset& dataset, const Transform& transform,
                               const LoaderOptions& options, int epoch, size_t pictures,
                               const std::filesystem::path& path) {
  Loader loader(dataset, transform, options);
  loader.start_epoch(epoch);
  std::vector<float> all;
  PreparedSummary summary;
  for (Batch batch; summary.labels.size() < pictures && loader.next(batch);) {
    const size_t take = std::min(pictures - summary.labels.size(), batch.size());
    all.insert(all.end(), batch.images.begin(),
               batch.images.begin() + static_cast<ptrdiff_t>(take * transform.count()));
    summary.labels.insert(summary.labels.end(), batch.labels.begin(),
                          batch.labels.begin() + static_cast<ptrdiff_t>(take));
  }
  summary.pictures = summary.labels.size();
  summary.skipped = loader.skipped();
  const int64_t size = transform.options().size;
  NpyArray array{.type = DType::f32,
                 .shape = {static_cast<int64_t>(summary.pictures), 3, size, size},
                 .bytes = std::vector<std::byte>(all.size() * sizeof(float))};
  std::memcpy(array.bytes.data(), all.data(), array.bytes.size());
  write_npy(path, array);
  return summary;
}

}  // namespace nnstretch::data
