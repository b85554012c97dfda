// What the first answer costs a program that uses the library: a model is read, compiled and run
// once. Prints JSON: seconds of CPU time of the process by then, by the clock, plan and engines.
//     first_use MODEL best|parts
// bench/starts drives it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <string_view>

#include "base/clock.h"
#include "nnstretch/nnstretch.h"

using namespace nnstretch;

namespace {

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw UsageError({.what = "first_use MODEL best|parts"});
  const double begin = now_us();
  CompileOptions options;
  if (std::string_view(argv[2]) == "parts") options.plan = PlanKind::parts;
  const Network network(Model::read(argv[1]), options);
  Session session(network);
  session.run();
  std::string engines;
  for (const Part& part : network.parts())
    engines += fmt::format("{}\"{}\": \"{}\"", engines.empty() ? "" : ", ", part.name, part.engine);
  fmt::print("{{\"cpu_s\": {:.3f}, \"wall_s\": {:.3f}, \"plan\": \"{}\", \"parts\": {{{}}}}}\n",
             cpu_seconds(), 1e-6 * (now_us() - begin), network.hash(), engines);
} catch (const Error& error) {
  fmt::print(stderr, "first_use: {}\n", error.what());
  return 1;
}
