#include "runtime/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace nnstretch::runtime {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kProcess = 1;

// Engines of the parts of a processor, each once: "litert+openvino".
std::string engines_on(const CompiledPlan& plan, size_t processor) {
  std::map<std::string, int> engines;
  for (size_t i = 0; i < plan.plan().parts.size(); ++i)
    if (plan.plan().parts[i].processor == processor) ++engines[plan.engine(i)];
  std::string text;
  for (const auto& [engine, count] : engines) text += (text.empty() ? "" : "+") + engine;
  return text;
}

class TraceWriter {
 public:
  explicit TraceWriter(const CompiledPlan& plan) : compiled_(plan), plan_(plan.plan()) {
    name("process_name", 0, plan_.network);
    for (size_t p = 0; p < plan_.processors.size(); ++p) {
      const engines::Processor& processor = plan_.processors[p];
      name("thread_name", p,
           fmt::format("{} ({}, {}{})", processor.name, processor.role, engines_on(plan, p),
                       processor.stand_in ? ", stand-in" : ""));
    }
  }

  void add(const Timeline& run, double offset, size_t number) {
    for (size_t i = 0; i < plan_.parts.size(); ++i) {
      slice(i, run.parts[i], offset, number);
      for (const size_t before : plan_.parts[i].after)
        if (plan_.parts[before].processor != plan_.parts[i].processor)
          arrow(before, run.parts[before], i, run.parts[i], offset);
    }
    counter(run, offset);
  }

  std::string text() const {
    return json_text(
        Json({{"displayTimeUnit", "ms"},
              {"otherData", {{"network", plan_.network}, {"plan_hash", compiled_.hash()}}},
              {"traceEvents", events_}}));
  }

 private:
  void name(const char* what, size_t track, const std::string& text) {
    events_.push_back({{"ph", "M"},
                       {"name", what},
                       {"pid", kProcess},
                       {"tid", track},
                       {"args", {{"name", text}}}});
  }

  void slice(size_t index, const PartTiming& at, double offset, size_t run) {
    const PlanPart& part = plan_.parts[index];
    events_.push_back({{"ph", "X"},
                       {"name", part.name},
                       {"cat", "part"},
                       {"pid", kProcess},
                       {"tid", part.processor},
                       {"ts", offset + at.start},
                       {"dur", at.run()},
                       {"args",
                        {{"stage", part.first_stage},
                         {"branch", part.branch},
                         {"role", part.role},
                         {"engine", compiled_.engine(index)},
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
                       {"tid", plan_.parts[part].processor},
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

  const CompiledPlan& compiled_;
  const Plan& plan_;
  Json events_ = Json::array();
  size_t arrows_ = 0;
};

}  // namespace

std::string trace_json(const CompiledPlan& plan, std::span<const Timeline> runs) {
  TraceWriter writer(plan);
  for (size_t i = 0; i < runs.size(); ++i)
    writer.add(runs[i], runs[i].begin_us - runs[0].begin_us, i);
  return writer.text();
}

}  // namespace nnstretch::runtime
