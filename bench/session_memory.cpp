// Resident memory of this process with one and with several sessions of one compiled network:
//     session_memory MODEL [SESSIONS [ENGINE]]
#include <fmt/format.h>
#include <list>
#include <map>
#include <string>

#include "base/error.h"
#include "base/memory.h"
#include "pipeline/bench.h"
#include "pipeline/network.h"
#include "runtime/session.h"

using namespace nnstretch;

namespace {

double resident_mb() { return static_cast<double>(resident_bytes()) / 1e6; }

void run(const std::string& file, int count, const std::string& engine) {
  const auto plan =
      runtime::compile(pipeline::plan_for(pipeline::read_network(file), {.engine = engine}));
  std::map<std::string, int> engines;
  for (size_t i = 0; i < plan->plan().parts.size(); ++i) ++engines[plan->engine(i)];
  for (const auto& [name, parts] : engines) fmt::print("{} parts on {}\n", parts, name);
  fmt::print("compiled {:10.1f} MB\n", resident_mb());
  std::list<runtime::Session> sessions;
  double one = 0;
  for (int i = 1; i <= count; ++i) {
    sessions.emplace_back(plan).run();
    if (i == 1) one = resident_mb();
    fmt::print("{:8} {:10.1f} MB  {:.3f} x one\n", i, resident_mb(), resident_mb() / one);
  }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) return fmt::print(stderr, "session_memory MODEL [SESSIONS [ENGINE]]\n"), 2;
  run(arguments[1], count > 2 ? std::stoi(arguments[2]) : 4, count > 3 ? arguments[3] : "auto");
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
