// nnstretch bench: the latency of one network and where it goes.
#include <fmt/format.h>

#include <memory>

#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/show.h"
#include "pipeline/bench_json.h"
#include "pipeline/remarks.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  pipeline::BenchOptions bench;
  std::filesystem::path json;
};

void print_parts(const pipeline::BenchResult& result) {
  const auto& plan = result.plan->plan();
  Table table({"part", "role", "processor", "engine", "in run", "alone"}, {true, true, true, true});
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const auto& alone = result.measured.part_alone_us;
    const auto& processor = plan.processors.at(plan.parts[i].processor);
    table.add({plan.parts[i].name, plan.parts[i].role,
               processor.name + (processor.stand_in ? " (stand-in)" : ""), result.plan->engine(i),
               fmt::format("{:.1f}", result.measured.part_us_p50[i]),
               alone.empty() ? "" : fmt::format("{:.1f}", alone[i])});
  }
  table.print(stdout);
}

// Each processor by itself and while the others work: what they take from each other.
void print_contention(const pipeline::BenchResult& result) {
  const auto& m = result.measured;
  if (m.alone_us.size() < 2) return;
  Table table({"processor", "alone", "together", "ratio"}, {true});
  for (size_t i = 0; i < m.alone_us.size(); ++i)
    table.add({result.plan->plan().processors[i].name, fmt::format("{:.1f}", m.alone_us[i]),
               fmt::format("{:.1f}", m.busy_us_min[i]),
               fmt::format("{:.3f}", m.busy_us_min[i] / m.alone_us[i])});
  fmt::print("\n");
  table.print(stdout);
}

// The longest operators of all parts, and what the others take together.
void print_profile(const pipeline::BenchResult& result) {
  constexpr size_t kMost = 20, kNodeWidth = 26, kKernelWidth = 28;
  const auto ops = measure::longest_first(*result.profile);
  double all = 0, shown = 0;
  for (const auto& [part, op] : ops) all += op.us;
  Table table({"part", "operator", "kernel", "us", "share"}, {true, true, true});
  for (size_t i = 0; i < std::min(ops.size(), kMost); ++i) {
    const auto& [part, op] = ops[i];
    shown += op.us;
    table.add({result.plan->plan().parts[part].name, op.node.substr(0, kNodeWidth),
               op.kernel.substr(0, kKernelWidth), fmt::format("{:.0f}", op.us),
               fmt::format("{:.1f} %", 100 * op.us / all)});
  }
  fmt::print("\n");
  table.print(stdout);
  if (ops.size() > kMost)
    fmt::print("and {} operators that take {:.0f} us, {:.1f} %\n", ops.size() - kMost, all - shown,
               100 * (all - shown) / all);
  for (size_t i = 0; i < result.profile->size(); ++i)
    if (result.profile->at(i).empty())
      show("{}: {} does not tell what operators take\n", result.plan->plan().parts[i].name,
           result.plan->engine(i));
}

void print_throughput(const measure::Throughput& t) {
  fmt::print("requests   {:10.1f}  a second, {} in flight", t.per_second(), t.in_flight);
  if (const auto ratio = t.ratio())
    fmt::print(": {:.3f} x one core ({}, {:.1f} a second)\n", *ratio, t.one_core,
               1e6 / *t.one_core_us);
  else
    fmt::print("; one core: {}\n", t.one_core);
}

void print(const std::string& name, const pipeline::BenchResult& result) {
  const auto& s = result.measured.latency;
  show("{}: {} runs, microseconds\n", name, s.count);
  fmt::print("  min {:.1f}  p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  mean {:.1f}  std {:.1f}\n\n", s.min,
             s.p50, s.p90, s.p99, s.mean, s.std);
  print_parts(result);
  print_contention(result);
  if (result.profile) print_profile(result);
  fmt::print("\n");
  if (const auto bound = result.measured.bound_us)
    fmt::print("bound      {:10.1f}  the longest way through the parts, each alone: {:.3f} x\n",
               *bound, s.min / *bound);
  fmt::print("overhead   {:10.1f}  beyond the longest way of the same run (p50)\n",
             result.measured.overhead_us_p50);
  if (result.split_tax.ratio)
    fmt::print("split tax  {:10.3f}  all parts in sequence / the whole, {} on {}\n",
               *result.split_tax.ratio, result.split_tax.engine, result.split_tax.processor);
  else if (!result.split_tax.reason.empty())
    fmt::print("split tax           -  {}\n", result.split_tax.reason);
  for (const auto& point : result.measured.meeting_points)
    fmt::print(
        "meeting s{} {:10.1f}  waited for the last branch, then {:.1f} until all went on{}\n",
        point.after_stage, point.wait_us_p50, point.hand_over_us_p50,
        point.copy_us_p50 ? fmt::format(", {:.1f} of copies", *point.copy_us_p50) : "");
  for (const auto& overlap : result.measured.overlaps)
    fmt::print("overlap s{} {:10.1f} %  of the other processors' time\n", overlap.stage,
               100 * overlap.share_p50);
  if (result.baseline)
    show("baseline   {:10.1f}  the whole network, {} on {} thread{} (min)\n",
         result.baseline->min_us, result.baseline->engine, result.baseline->threads,
         result.baseline->threads > 1 ? "s" : "");
  for (const auto& [engine, sum] : pipeline::compiled_by_engine(*result.plan))
    fmt::print("compiled   {:10.2f} s  {} parts by {}, {:.0f} MB\n", sum.seconds, sum.parts, engine,
               static_cast<double>(sum.resident_bytes) / 1e6);
  if (result.throughput) print_throughput(*result.throughput);
  if (result.energy.joules)
    fmt::print("energy     {:10.1f}  uJ an inference, {}\n", result.energy_uj,
               result.energy.source);
  else
    fmt::print("energy              -  {}\n", result.energy.reason);
  fmt::print("plan       {}\n", result.plan->hash());
}

void bench(Options& options) {
  const ir::Model model =
      options.source.load(options.bench.place.precision == engines::Precision::int8);
  Progress progress("bench", 1);
  progress.step(options.source.name());
  const auto result =
      pipeline::bench(model, options.bench, [&](const std::string& what) { progress.say(what); });
  if (!options.json.empty()) {
    auto json = pipeline::to_json(result);
    json["model"] = options.source.name();
    json["context"] = pipeline::context();
    write_json(options.json, json_text(json));
  }
  if (options.json != "-") print(options.source.name(), result);
  pipeline::tell_remarks(*result.plan);
  if (result.throughput_plan) pipeline::tell_remarks(*result.throughput_plan);
}

}  // namespace

void add_bench(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench", "Latency of a network and where it goes");
  add_source(*command, options->source);
  add_place(*command, options->bench.place);
  add_precision(*command, options->bench.place.precision);
  add_timing(*command, options->bench);
  command
      ->add_option("--requests", options->bench.requests,
                   "also requests a second, with so many in flight")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--profile", options->bench.profile,
                    "also what each operator takes, by the engines' own counters");
  add_output(*command, "--trace", options->bench.trace, "Chrome/Perfetto trace to write");
  command->add_flag("--latency_only", options->bench.latency_only,
                    "the network only: no baseline, no split tax, no part alone");
  add_json(*command, options->json);
  command->footer(
      "Example:\n  nnstretch bench --cfg configs/mi/R-34-CD.yaml --im_size 224\n"
      "  nnstretch bench --model R-34-CD.tflite --trace trace.json --json -\n"
      "  nnstretch bench --model R-34-CD.tflite --requests 4");
  command->callback([options] { bench(*options); });
}

}  // namespace nnstretch::cli
