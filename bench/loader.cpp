// How many pictures a CPU second gives: random resized crops of 224 pixels, flipped, normalised and
// put into batches, in the way of FFCV, by a loader of one worker. bench/loader compares it with
// FFCV's:
//     loader_throughput FILE.beton [EPOCHS]      a line an epoch: pictures per second of CPU time
#include <fmt/format.h>
#include <sys/resource.h>

#include <string>

#include "base/error.h"
#include "data/dataset.h"
#include "data/loader.h"

using namespace nnstretch;

namespace {

// Of all threads.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double pictures_per_second(data::Loader& loader, int epoch) {
  const double start = cpu_seconds();
  size_t pictures = 0;
  loader.start_epoch(epoch);
  for (data::Batch batch; loader.next(batch);) pictures += batch.size();
  return static_cast<double>(pictures) / (cpu_seconds() - start);
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) return fmt::print(stderr, "loader_throughput FILE.beton [EPOCHS]\n"), 2;
  const auto dataset = data::open_dataset(arguments[1], "train");
  data::Loader loader(*dataset,
                      data::Transform({.mode = data::Mode::ffcv, .train = true, .size = 224}),
                      {.batch_size = 48, .shuffle = true});
  const int epochs = count > 2 ? std::stoi(arguments[2]) : 1;
  for (int epoch = 0; epoch < epochs; ++epoch)
    fmt::print("{:.1f}\n", pictures_per_second(loader, epoch));
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
