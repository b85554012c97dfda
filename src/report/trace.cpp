// Runs as a Chrome/Perfetto trace (chrome://tracing, ui.perfetto.dev): one track a processor, one
// slice a part with stage, branch and engine, arrows where a value goes to another processor, and a
// counter of how many processors compute.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "report/reporters.h"

namespace nnstretch::report {
namespace {

using measure::PartResult;
using measure::Result;
using runtime::PartTiming;
using runtime::Timeline;

constexpr int kProcess = 1;

// Engines of the parts of a processor, each once: "litert+openvino".
std::string engines_on(const Result& result, const std::string& processor) {
  std::map<std::string, int> engines;
  for (const PartResult& part : result.parts)
    if (part.processor == processor) ++engines[part.engine];
  std::string text;
  for (const auto& [engine, count] : engines) text += (text.empty() ? "" : "+") + engine;
  return text;
}

class TraceWriter {
 public:
  explicit TraceWriter(const Result& result) : result_(result) {
    name("process_name", 0, result.model);
    for (size_t p = 0; p < result.processors.size(); ++p) {
      const engines::Processor& processor = result.processors[p].processor;
      track_[processor.name] = p;
      name("thread_name", p,
           fmt::format("{} ({}, {}{})", processor.name, processor.role,
                       engines_on(result, processor.name), processor.stand_in ? ", stand-in" : ""));
    }
  }

  void add(const Timeline& run, double offset, size_t number) {
    for (size_t i = 0; i < result_.parts.size(); ++i) {
      slice(i, run.parts.at(i), offset, number);
      for (const size_t before : result_.parts[i].after)
        if (result_.parts.at(before).processor != result_.parts[i].processor)
          arrow(before, run.parts.at(before), i, run.parts[i], offset);
    }
    counter(run, offset);
  }

  std::string text() const {
    return json_text(
        Json({{"displayTimeUnit", "ms"},
              {"otherData", {{"network", result_.model}, {"plan_hash", result_.remarks.plan_hash}}},
              {"traceEvents", events_}}));
  }

 private:
  size_t track_of(size_t part) const {
    const auto found = track_.find(result_.parts.at(part).processor);
    return found == track_.end() ? track_.size() : found->second;
  }

  void name(const char* what, size_t track, const std::string& text) {
    events_.push_back({{"ph", "M"},
                       {"name", what},
                       {"pid", kProcess},
                       {"tid", track},
                       {"args", {{"name", text}}}});
  }

  void slice(size_t index, const PartTiming& at, double offset, size_t run) {
    const PartResult& part = result_.parts[index];
    events_.push_back({{"ph", "X"},
                       {"name", part.name},
                       {"cat", "part"},
                       {"pid", kProcess},
                       {"tid", track_of(index)},
                       {"ts", offset + at.start},
                       {"dur", at.run()},
                       {"args",
                        {{"stage", part.first_stage},
                         {"branch", part.branch},
                         {"role", part.role},
                         {"engine", part.engine},
                         {"run", run}}}});
  }

  // Viewers tie an arrow to the slice around its time, so it leaves just before the slice ends.
  void arrow(size_t from, const PartTiming& sent, size_t to, const PartTiming& received,
             double offset) {
    const double leaves = std::max(sent.start, sent.end - 0.01);
    event_of_arrow("s", from, offset + leaves);
    event_of_arrow("f", to, offset + received.start);
    events_.back()["bp"] = "e";
    ++arrows_;
  }

  void event_of_arrow(const char* phase, size_t part, double ts) {
    events_.push_back({{"ph", phase},
                       {"name", "value"},
                       {"cat", "meeting"},
                       {"id", arrows_},
                       {"pid", kProcess},
                       {"tid", track_of(part)},
                       {"ts", ts}});
  }

  void counter(const Timeline& run, double offset) {
    std::vector<std::pair<double, int>> changes;
    for (const PartTiming& part : run.parts) {
      changes.emplace_back(part.start, +1);
      changes.emplace_back(part.end, -1);
    }
    std::sort(changes.begin(), changes.end());  // at one moment an end comes before a start
    int working = 0;
    for (const auto& [at, change] : changes)
      events_.push_back({{"ph", "C"},
                         {"name", "processors at work"},
                         {"pid", kProcess},
                         {"ts", offset + at},
                         {"args", {{"processors", working += change}}}});
  }

  const Result& result_;
  std::map<std::string, size_t> track_;  // of each processor
  Json events_ = Json::array();
  size_t arrows_ = 0;
};

// All runs, or those that every result keeps.
std::vector<Timeline> runs_of(const Result& result) {
  if (!result.timelines.empty()) return result.timelines;
  std::vector<Timeline> runs;
  if (result.fastest) runs.push_back(*result.fastest);
  if (result.median && (runs.empty() || result.median->begin_us != runs[0].begin_us))
    runs.push_back(*result.median);
  std::sort(runs.begin(), runs.end(),
            [](const Timeline& a, const Timeline& b) { return a.begin_us < b.begin_us; });
  return runs;
}

class Trace final : public Reporter {
  std::string_view name() const override { return "json"; }
  std::string text(const Report& report) const override {
    if (!report.timed) throw UsageError({.what = "there are no runs to trace"});
    TraceWriter writer(*report.timed);
    const auto runs = runs_of(*report.timed);
    for (size_t i = 0; i < runs.size(); ++i)
      writer.add(runs[i], runs[i].begin_us - runs[0].begin_us, i);
    return writer.text();
  }
};

}  // namespace

std::unique_ptr<Reporter> trace_reporter() { return std::make_unique<Trace>(); }

}  // namespace nnstretch::report
