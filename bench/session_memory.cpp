// Resident memory of this process with one and with several sessions of one compiled network, as
// JSON:
//     session_memory MODEL [SESSIONS [ENGINE]]
#include <fmt/format.h>
#include <list>
#include <string>

#include "base/error.h"
#include "base/memory.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "report/fields.h"
#include "runtime/session.h"

using namespace nnstretch;

namespace {

double resident_mb() { return static_cast<double>(resident_bytes()) / 1e6; }

void run(const std::string& file, int count, const std::string& engine) {
  const plan::Surroundings here = plan::this_process();
  const auto plan = runtime::compile(
      plan::plan_for(pipeline::read_network(file), {.engine = engine}, here), here);
  Json json = {{"parts", Json::object()}, {"compiled_mb", resident_mb()}};
  for (size_t i = 0; i < plan->plan().parts.size(); ++i) {
    Json& sum = json["parts"][plan->engine(i)];
    const auto& cost = plan->compile_cost(i);
    const auto add = [&](const char* what, double more) {
      sum[what] = sum.value(what, 0.0) + more;
    };
    add("count", 1);
    add("compile_s", cost.seconds);
    add("resident_mb", static_cast<double>(cost.resident_bytes.value_or(0)) / 1e6);
  }
  std::list<runtime::Session> sessions;
  for (int i = 1; i <= count; ++i) {
    sessions.emplace_back(plan).run();
    json["sessions_mb"].push_back(resident_mb());
  }
  fmt::print("{}\n", json.dump(1));
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) return fmt::print(stderr, "session_memory MODEL [SESSIONS [ENGINE]]\n"), 2;
  run(arguments[1], count > 2 ? std::stoi(arguments[2]) : 4, count > 3 ? arguments[3] : "auto");
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
