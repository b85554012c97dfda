// What a plan might gain that runs some stages as branches and others as one part with the threads
// of all cores: for each network the parts alone, on a core each and with all threads, and the
// whole. What a mixed plan would take is a lower bound: changing from branches to threads and back
// is free in it.
//     mixed_plans configs/mi/*.yaml
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "measure/latency.h"
#include "pipeline/config_files.h"
#include "pipeline/network.h"
#include "plan/placing.h"

using namespace nnstretch;

namespace {

constexpr int kRuns = 15;

ir::Model int8_of(const std::filesystem::path& cfg, const plan::Surroundings& here) {
  return pipeline::quantise(pipeline::float_model(config::load(cfg), {.im_size = 224}),
                            {.count = 2}, here)
      .int8;
}

measure::Measurement timed(const plan::Plan& plan, const plan::Surroundings& here) {
  runtime::Session session(runtime::compile(plan, here));
  return measure::measure(session, {.warmup = 3, .runs = kRuns});
}

struct Stage {
  std::map<size_t, double> branches;  // by processor, each part on its core
  double threaded = 0;                // one after another, with all threads
  double longest() const {
    double most = 0;
    for (const auto& [processor, us] : branches) most = std::max(most, us);
    return most;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const plan::Surroundings here = plan::this_process();
  double sum = 0;
  int count = 0;
  fmt::print("{:<16} {:>9} {:>9} {:>9} {:>9}  {}\n", "network", "branches", "threads", "whole",
             "mixed", "mixed / best pure");
  for (const auto& cfg : pipeline::config_files({argv + 1, argv + argc})) {
    const ir::Model model = int8_of(cfg, here);
    const plan::Plan parts = plan::plan_for(model, {.spread = false}, here);
    engines::Processor all = parts.processors[0];
    all.name = "all", all.cores = here.cores(), all.threads = here.threads();
    const auto on_cores = timed(parts, here);
    const auto on_all = timed(plan::on_one_processor(parts, all), here);
    const double whole = timed(plan::make_whole_plan(model, all), here).latency.min;
    std::map<int, Stage> stages;
    for (size_t i = 0; i < parts.parts.size(); ++i) {
      Stage& stage = stages[parts.parts[i].first_stage];
      stage.branches[parts.parts[i].processor] += on_cores.part_alone_us[i];
      stage.threaded += on_all.part_alone_us[i];
    }
    double branches = 0, threads = 0, mixed = 0;
    for (const auto& [number, stage] : stages) {
      branches += stage.longest(), threads += stage.threaded;
      mixed += std::min(stage.longest(), stage.threaded);
    }
    const double pure = std::min({branches, threads, whole, on_cores.latency.min});
    sum += std::log(mixed / pure), ++count;
    fmt::print("{:<16} {:9.0f} {:9.0f} {:9.0f} {:9.0f}  {:.3f}\n", cfg.stem().string(), branches,
               threads, whole, mixed, mixed / pure);
    std::fflush(stdout);
  }
  fmt::print("geometric mean {:.3f}\n", std::exp(sum / count));
}
