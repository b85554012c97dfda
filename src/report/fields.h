// Each part of a result as JSON: its fields, written and read by one list (base/json_fields.h).
#pragma once
#include "base/json_fields.h"
#include "measure/result.h"
#include "report/scores.h"

namespace nnstretch::engines {

template <class Io>
void fields(Io& io, OpTime& op) {
  io("node", op.node);
  io("kernel", op.kernel);
  io.us("us", op.us);
}

template <class Io>
void fields(Io& io, Processor& processor) {
  io("name", processor.name);
  io("role", processor.role);
  io("engine", processor.engine);
  io("device", processor.device);
  io("cores", processor.cores);
  io("threads", processor.threads);
  io.word("precision", processor.precision, kPrecisions);
  io("stand_in", processor.stand_in);
}

}  // namespace nnstretch::engines

namespace nnstretch::plan {

template <class Io>
void fields(Io& io, Fallback& fallback) {
  io("op", fallback.op);
  io("reason", fallback.reason);
  io("ran_on", fallback.ran_on);
}

}  // namespace nnstretch::plan

namespace nnstretch::runtime {

template <class Io>
void fields(Io& io, PartTiming& part) {
  io.us("free", part.free);
  io.us("start", part.start);
  io.us("end", part.end);
  io.us_if_any("copy", part.copy);
}

template <class Io>
void fields(Io& io, Timeline& run) {
  io.us("begin_us", run.begin_us);
  io.us("latency_us", run.latency_us);
  io("parts", run.parts);
}

}  // namespace nnstretch::runtime

namespace nnstretch::measure {

template <class Io>
void fields(Io& io, Statistics& s) {
  io.us("min", s.min);
  io.us("p50", s.p50);
  io.us("p90", s.p90);
  io.us("p99", s.p99);
  io.us("mean", s.mean);
  io.us("std", s.std);
  io("count", s.count);
}

template <class Io>
void fields(Io& io, NetworkCost& cost) {
  io("multiply_adds", cost.multiply_adds);
  io("parameters", cost.parameters);
  io.if_any("input", cost.input);
  io.if_any("digest", cost.digest);
}

template <class Io>
void fields(Io& io, MachineState& state) {
  // Null where the system does not tell.
  std::optional<std::map<int, int>> clocks;
  if (!state.frequency_mhz.empty()) clocks = state.frequency_mhz;
  io("governor", state.governor);
  io("frequency_mhz", clocks);
  if constexpr (Io::reads) state.frequency_mhz = clocks.value_or(std::map<int, int>());
  io("hottest_c", state.hottest_c);
  std::optional<std::vector<std::string>> held_back;
  if (!state.held_back.empty()) held_back = state.held_back;
  io.if_any("held_back", held_back);
  if constexpr (Io::reads) state.held_back = held_back.value_or(std::vector<std::string>());
}

template <class Io>
void fields(Io& io, Context& context) {
  io("version", context.version);
  io("commit", context.commit);
  io("engines", context.engines);
  io("cpu", context.cpu);
  io("cores", context.cores);
  io("kernel", context.kernel);
  io("load_1min", context.load_1min);
  io("time", context.time);
  fields(io, context.state);
}

template <class Io>
void fields(Io& io, Remarks& remarks) {
  io("plan_hash", remarks.plan_hash);
  io("plan_kind", remarks.plan_kind);
  io("stand_ins", remarks.stand_ins);
  io("fallbacks", remarks.fallbacks);
  io("notes", remarks.notes);
}

template <class Io>
void fields(Io& io, Baseline& baseline) {
  io("engine", baseline.engine);
  io("threads", baseline.threads);
  io.us("min", baseline.min_us);
  io.us("p50", baseline.p50_us);
}

template <class Io>
void fields(Io& io, BestPlan& best) {
  io("candidate", best.candidate);
  io("kind", best.kind);
  io.us("min", best.min_us);
  io.us("p50", best.p50_us);
  io("plan_hash", best.plan_hash);
  io("remembered", best.remembered);
  io("doubt", best.doubt);
}

template <class Io>
void fields(Io& io, CompiledBy& sum) {
  io("parts", sum.parts);
  io("seconds", sum.seconds);
  io("resident_mb", sum.resident_mb);
}

template <class Io>
void fields(Io& io, ProcessorResult& result) {
  fields(io, result.processor);
  io.us("busy_us_p50", result.busy_us_p50);
  io.us("busy_us_min", result.busy_us_min);
  io.us_if_any("alone_us", result.alone_us);
}

template <class Io>
void fields(Io& io, PartResult& part) {
  io("name", part.name);
  io("stage", part.first_stage);
  io("last_stage", part.last_stage);
  io("branch", part.branch);
  io("role", part.role);
  io("processor", part.processor);
  io("engine", part.engine);
  io("after", part.after);
  io.us("run_us_p50", part.run_us_p50);
  io.us_if_any("alone_us_min", part.alone_us_min);
  io.if_any("ops", part.operators);
}

template <class Io>
void fields(Io& io, MeetingPoint& point) {
  io("after_stage", point.after_stage);
  io.us("wait_us_p50", point.wait_us_p50);
  io.us("hand_over_us_p50", point.hand_over_us_p50);
  io.us("copy_us_p50", point.copy_us_p50);
}

template <class Io>
void fields(Io& io, Overlap& overlap) {
  io("stage", overlap.stage);
  io("share_p50", overlap.share_p50);
}

template <class Io>
void fields(Io& io, ThroughputResult& result) {
  Throughput& t = result.measured;
  io("requests_in_flight", t.in_flight);
  io.us("request_us", t.request_us);
  io.us("one_core_us", t.one_core_us);
  io("one_core", t.one_core);
  Throughput told = t;  // which who reads it can work out again
  told.request_us = to_nanoseconds(t.request_us), told.one_core_us = to_nanoseconds(t.one_core_us);
  io.derived("requests_per_second", told.per_second());
  io.derived("one_core_requests_per_second",
             told.one_core_us ? std::optional(1e6 / *told.one_core_us) : std::nullopt);
  io.derived("ratio", told.ratio());
  fields(io, result.remarks);
}

template <class Io>
void fields(Io& io, Bounded& value) {
  io("value", value.value);
  io("low", value.low);
  io("high", value.high);
}

template <class Io>
void fields(Io& io, EnergyMeasured& energy) {
  io("gross_uj", energy.gross_uj);
  io("net_uj", energy.net_uj);
  io("no_net", energy.no_net);
  io("idle_w", energy.idle_w);
  io("work_w", energy.work_w);
  io("rails_uj", energy.rails_uj);
  io("updates", energy.updates);
  io("inferences", energy.inferences);
  io("seconds", energy.seconds);
}

template <class Io>
void fields(Io& io, EnergyResult& energy) {
  io("uj_per_inference", energy.uj_per_inference);
  io("source", energy.source);
  io("reason", energy.reason);
  io.if_any("measured", energy.measured);
}

template <class Io>
void fields(Io& io, StartResult& start) {
  io.us("compile_us", start.compile_us);
  io.us("first_run_us", start.first_run_us);
  io("peak_bytes", start.peak_bytes);
}

template <class Io>
void fields(Io& io, SustainedSecond& second) {
  io("runs", second.runs);
  io.us("p50_us", second.p50_us);
  io("mhz", second.mhz);
}

template <class Io>
void fields(Io& io, Sustained& sustained) {
  io("seconds", sustained.seconds);
  io.derived("first_us", to_nanoseconds(sustained.first_us()));
  io.derived("last_us", to_nanoseconds(sustained.last_us()));
  io.derived("ratio", sustained.ratio());
}

template <class Io>
void fields(Io& io, SplitTax& tax) {
  io("engine", tax.engine);
  io("processor", tax.processor);
  io.us("whole_us", tax.whole_us);
  io.us("parts_us", tax.parts_us);
}

template <class Io>
void fields(Io& io, Signs& signs) {
  io("seconds", signs.seconds);
  io("others", signs.others);
  io("steal", signs.steal);
  io("delay", signs.delay);
  io("preempted", signs.preempted);
  io("throttled", signs.throttled);
  io("quota", signs.quota);
  io("anchor", signs.anchor);
  io("scatter", signs.scatter);
  io("over_bound", signs.over_bound);
  io("split_tax", signs.split_tax);
  io("waited_s", signs.waited_s);
  io("was_free", signs.was_free);
}

template <class Io>
void fields(Io& io, Doubt& doubt) {
  io("sign", doubt.sign);
  io("value", doubt.value);
  io("fix", doubt.fix);
}

// `reliable`, `doubts` and `signs`, where there are signs: of a result or an inference.
template <class Io, class Judged>
void trust(Io& io, Judged& judged) {
  auto reliable = judged.signs ? std::optional(judged.reliable) : std::nullopt;
  auto doubts = judged.signs ? std::optional(judged.doubts) : std::nullopt;
  io.if_any("reliable", reliable);
  io.if_any("doubts", doubts);
  io.if_any("signs", judged.signs);
  if constexpr (Io::reads) {
    judged.reliable = reliable.value_or(true);
    judged.doubts = doubts.value_or(std::vector<Doubt>());
  }
}

template <class Io>
void fields(Io& io, DeviceFacts& device) {
  io("name", device.name);
  io("model", device.model);
  io("soc", device.soc);
  io("system", device.system);
  io("kernel", device.kernel);
  io("architecture", device.architecture);
  io("page_bytes", device.page_bytes);
  io("bundle", device.bundle);
  io("root", device.root);
  io("battery_percent", device.battery_percent);
  io("plugged", device.plugged);
  io("battery_c", device.battery_c);
}

template <class Io>
void fields(Io& io, ToolResult& tool) {
  io("name", tool.name);
  io("content", tool.content);
  io("words", tool.words);
  io("of_operators", tool.of_operators);
  io("warmup_us", tool.warmup);
  io("memory_mb", tool.memory_mb);
}

template <class Io>
void fields(Io& io, Result& result) {
  double compile_s = 0;
  for (const auto& [engine, sum] : result.compiled) compile_s += sum.seconds;
  std::optional<std::vector<std::vector<double>>> restarts;
  if (!result.restarts.empty()) restarts = result.restarts;
  io.schema(2);
  io("model", result.model);
  io("network", result.network);
  io("latency_us", result.latency);
  io.us("runs_us", result.runs_us);
  io.us("warmup_us", result.warmup_us);
  io.us_if_any("restarts", restarts);
  if constexpr (Io::reads) result.restarts = restarts.value_or(std::vector<std::vector<double>>());
  io.if_any("sequential", result.sequential);
  io("processors", result.processors);
  io("parts", result.parts);
  io("fastest_run", result.fastest);
  io("median_run", result.median);
  io("meeting_points", result.meeting_points);
  io("overlap", result.overlaps);
  io.us("bound_us", result.bound_us);
  io("split_tax", result.split_tax.ratio);
  io("split_tax_reason", result.split_tax.reason);
  io("split_tax_of", result.split_tax);
  io.us("overhead_us_p50", result.overhead_us_p50);
  io.object("machine_state", [&](auto& states) {
    states("before", result.before);
    states("after", result.after);
    states.if_any("cores_after", result.cores_after);
    states.if_any("hottest_c", result.hottest_c);
  });
  io.if_any("start", result.start);
  io.if_any("sustained", result.sustained);
  io("baseline_us", result.baseline);
  io.if_any("best_us", result.best);
  io("throughput", result.throughput);
  io("energy", result.energy);
  io("compiled", result.compiled);
  io.derived("compile_s", compile_s);
  io("resident_bytes", result.resident_bytes);
  fields(io, result.remarks);
  trust(io, result);
  io.if_any("device", result.device);
  io.if_any("tool", result.tool);
  io("context", result.context);
}

}  // namespace nnstretch::measure

namespace nnstretch::report {

template <class Io>
void fields(Io& io, Score& score) {
  io("network", score.network);
  io("computed_as", score.computed_as);
  io("images", score.images);
  io("skipped", score.skipped);
  io("top1_err", score.top1_err);
  io("top5_err", score.top5_err);
  io.if_any("weights", score.weights);
  io.if_any("processors", score.processors);
  io.beside("plan_hash", score.remarks);
}

template <class Io>
void fields(Io& io, SubnetScore& score) {
  io("subnet", score.subnet);
  io("size", score.size);
  io("multiply_adds", score.multiply_adds);
  io("parameters", score.parameters);
  io("images", score.images);
  io("skipped", score.skipped);
  io("top1_err", score.top1_err);
  io("top5_err", score.top5_err);
}

}  // namespace nnstretch::report
