// How many pictures a CPU second gives: random resized crops of 224 pixels, flipped, as bytes, in
// the way of FFCV, by one worker. bench/loader compares it with FFCV:
//     loader_throughput FILE.beton [EPOCHS]      a line an epoch: pictures per second of CPU time
#include <fmt/format.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "data/random.h"
#include "data/transform.h"

using namespace nnstretch;

namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double pictures_per_second(const data::Dataset& dataset, uint64_t epoch) {
  const data::Transform transform({.mode = data::Mode::ffcv, .train = true, .size = 224});
  data::KeyedRandom order{epoch};
  const double start = cpu_seconds();
  std::vector<uint8_t> rgb(transform.count());
  for (const size_t i : data::shuffled(dataset.size(), order)) {
    data::KeyedRandom random{epoch, i};
    transform.crop_ffcv(dataset.read(i), random, rgb);
    if (random.chance(0.5)) data::flip(rgb, 224);
  }
  return static_cast<double>(dataset.size()) / (cpu_seconds() - start);
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) return fmt::print(stderr, "loader_throughput FILE.beton [EPOCHS]\n"), 2;
  const auto dataset = data::open_dataset(arguments[1], "train");
  const int epochs = count > 2 ? std::stoi(arguments[2]) : 1;
  for (int epoch = 0; epoch < epochs; ++epoch)
    fmt::print("{:.1f}\n", pictures_per_second(*dataset, static_cast<uint64_t>(epoch)));
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
