#include "pipeline/bench_json.h"

#include "pipeline/remarks.h"

namespace nnstretch::pipeline {
namespace {

Json to_json(const measure::Statistics& s) {
  return {{"min", s.min},   {"p50", s.p50}, {"p90", s.p90},    {"p99", s.p99},
          {"mean", s.mean}, {"std", s.std}, {"count", s.count}};
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json processors(const BenchResult& result) {
  Json rows = Json::array();
  const auto& plan = result.plan->plan();
  for (size_t i = 0; i < plan.processors.size(); ++i) {
    const auto& p = plan.processors[i];
    rows.push_back({{"name", p.name},
                    {"role", p.role},
                    {"engine", p.engine},
                    {"device", p.device},
                    {"cores", p.cores},
                    {"threads", p.threads},
                    {"precision", runtime::name_of(p.precision)},
                    {"stand_in", p.stand_in},
                    {"busy_us_p50", result.measured.busy_us_p50.at(i)},
                    {"busy_us_min", result.measured.busy_us_min.at(i)}});
    if (!result.measured.alone_us.empty()) rows.back()["alone_us"] = result.measured.alone_us.at(i);
  }
  return rows;
}

Json parts(const BenchResult& result) {
  Json rows = Json::array();
  const auto& plan = result.plan->plan();
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const auto& part = plan.parts[i];
    Json row = {{"name", part.name},
                {"stage", part.first_stage},
                {"last_stage", part.last_stage},
                {"role", part.role},
                {"processor", plan.processors.at(part.processor).name},
                {"engine", result.plan->engine(i)},
                {"run_us_p50", result.measured.part_us_p50.at(i)}};
    if (!result.measured.part_alone_us.empty())
      row["alone_us_min"] = result.measured.part_alone_us.at(i);
    if (result.profile) {
      row["ops"] = Json::array();
      for (const auto& op : result.profile->at(i))
        row["ops"].push_back({{"node", op.node}, {"kernel", op.kernel}, {"us", op.us}});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json meeting_points(const BenchResult& result) {
  Json rows = Json::array();
  for (const auto& point : result.measured.meeting_points)
    rows.push_back({{"after_stage", point.after_stage},
                    {"wait_us_p50", point.wait_us_p50},
                    {"hand_over_us_p50", point.hand_over_us_p50},
                    {"copy_us_p50", or_null(point.copy_us_p50)}});
  return rows;
}

Json throughput(const BenchResult& result) {
  if (!result.throughput) return nullptr;
  const auto& t = *result.throughput;
  Json json = {
      {"requests_in_flight", t.in_flight},
      {"requests_per_second", t.per_second()},
      {"one_core_requests_per_second", t.one_core_us ? Json(1e6 / *t.one_core_us) : Json(nullptr)},
      {"one_core", t.one_core},
      {"ratio", or_null(t.ratio())}};
  json.update(remarks(*result.throughput_plan));
  return json;
}

}  // namespace

Json to_json(const BenchResult& result) {
  Json json = {{"schema", 1},
               {"latency_us", to_json(result.measured.latency)},
               {"runs_us", result.measured.latencies_us},
               {"processors", processors(result)},
               {"parts", parts(result)},
               {"meeting_points", meeting_points(result)}};
  json["overlap"] = Json::array();
  for (const auto& overlap : result.measured.overlaps)
    json["overlap"].push_back({{"stage", overlap.stage}, {"share_p50", overlap.share_p50}});
  json["bound_us"] = or_null(result.measured.bound_us);
  json["split_tax"] = or_null(result.split_tax.ratio);
  if (!result.split_tax.ratio) json["split_tax_reason"] = result.split_tax.reason;
  json["overhead_us_p50"] = result.measured.overhead_us_p50;
  json["machine_state"] = {{"before", to_json(result.before)}, {"after", to_json(result.after)}};
  if (result.baseline)
    json["baseline_us"] = {{"engine", result.baseline->engine},
                           {"threads", result.baseline->threads},
                           {"min", result.baseline->min_us},
                           {"p50", result.baseline->p50_us}};
  else
    json["baseline_us"] = nullptr;
  json["throughput"] = throughput(result);
  json["energy"] = {{"uj_per_inference", result.energy_uj},
                    {"source", result.energy.source},
                    {"reason", result.energy.reason}};
  json["compiled"] = Json::object();
  double seconds = 0;
  for (const auto& [engine, sum] : compiled_by_engine(*result.plan)) {
    seconds += sum.seconds;
    json["compiled"][engine] = {{"parts", sum.parts},
                                {"seconds", sum.seconds},
                                {"resident_mb", static_cast<double>(sum.resident_bytes) / 1e6}};
  }
  json["compile_s"] = seconds;
  json.update(remarks(*result.plan));
  return json;
}

}  // namespace nnstretch::pipeline
