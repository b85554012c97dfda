// One plan of a network, ready to be timed again and again, in a process of its own.
//     one_plan MODEL
//     one_plan MODEL CANDIDATE
// The first prints the names of the candidates without spread, and "best". The second prints
// "ready" and the candidate's name once it is compiled. Then for each number on standard input it
// runs so often, and answers with the minimum and the median in microseconds.
// bench/never_slower drives it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>

#include "base/error.h"
#include "measure/choose.h"
#include "measure/statistics.h"
#include "pipeline/network.h"
#include "runtime/session.h"

using namespace nnstretch;

namespace {

constexpr int kWarmUpRuns = 5;

measure::Chosen plan_named(const std::string& name, const ir::Model& model,
                           const plan::Surroundings& here) {
  if (name == "best") return measure::choose(model, {}, here);
  for (const plan::Candidate& one : plan::candidates(model, {.spread = false}, here))
    if (one.name == name) {
      measure::Chosen chosen;
      chosen.compiled = runtime::compile(one.plan, here), chosen.candidate = name;
      return chosen;
    }
  throw UsageError({.what = "no such candidate", .where = name});
}

void answer(runtime::Session& session, int runs) {
  std::vector<double> us;
  for (int i = 0; i < runs; ++i) {
    session.run();
    us.push_back(session.timeline().latency_us);
  }
  const measure::Statistics all = measure::summarise(us);
  fmt::print("{:.1f} {:.1f}\n", all.min, all.p50.value());
  std::fflush(stdout);
}

void serve(const ir::Model& model, const std::string& name) {
  const plan::Surroundings here = plan::this_process();
  const measure::Chosen chosen = plan_named(name, model, here);
  runtime::Session session(chosen.compiled);
  for (int i = 0; i < kWarmUpRuns; ++i) session.run();
  fmt::print("ready {}{}\n", chosen.candidate,
             chosen.doubt.empty() ? "" : fmt::format(" ({})", chosen.doubt));
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);)
    answer(session, std::max(1, std::stoi(line)));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) throw UsageError({.what = "one_plan MODEL [CANDIDATE]"});
  const ir::Model model = pipeline::read_network(argv[1]);
  if (argc > 2) {
    serve(model, argv[2]);
    return 0;
  }
  for (const auto& one : plan::candidates(model, {.spread = false}, plan::this_process()))
    fmt::print("{}\n", one.name);
  fmt::print("best\n");
} catch (const Error& error) {
  fmt::print(stderr, "one_plan: {}\n", error.what());
  return 1;
}
