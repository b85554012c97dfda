// What TF-Lite's tool benchmark_model prints.
#include "remote/benchmark_model.h"

#include <sstream>

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::istringstream text{std::string(fuzz::text_of(data, size))};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  fuzz::accepts([&] {
    const remote::BenchmarkTimes times =
        remote::parse_benchmark_output(lines, {}, {.program = "tool", .model = "fuzz.tflite"});
    fuzz::promise(times.latency.min > 0 && times.latency.count > 0, "a latency is not zero");
    fuzz::promise(times.latency.min <= times.latency.mean, "none is below the least");
  });
  return 0;
}
