#include "engines/auto/auto_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/cpu.h"
#include "base/error.h"
#include "base/hash.h"
#include "engines/auto/core_kinds.h"
#include "engines/auto/race.h"
#include "ir/passes/to_float.h"
#include "ir/work.h"

namespace nnstretch::engines {
namespace {

// What one engine made of a part.
struct Entry {
  std::string engine;
  std::shared_ptr<const CompiledPart> part;  // null if it was left out
  std::string reason;                        // why
  bool failed = false;                       // by an error, not by refusing an operator
};

// The part of the engine that was chosen, with what led to the choice.
class ChosenPart : public CompiledPart {
 public:
  ChosenPart(std::shared_ptr<const CompiledPart> part, std::vector<std::string> notes)
      : part_(std::move(part)), notes_(std::move(notes)) {
    const auto own = part_->notes();
    notes_.insert(notes_.end(), own.begin(), own.end());
  }
  std::unique_ptr<PartInstance> instantiate() const override { return part_->instantiate(); }
  std::string engine() const override { return part_->engine(); }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  std::shared_ptr<const CompiledPart> part_;
  std::vector<std::string> notes_;
};

// Who would compute it wrongly is left out like who does not take it.
std::string refusal(const Engine& engine, const ir::Graph& part, const Processor& processor) {
  const Support support = engine.supports(part, processor);
  if (support.complete()) return support.caution;
  const auto& [node, op, reason] = support.refusals.front();
  return fmt::format("{} '{}': {}", op, node, reason);
}

// One refusal a node, with the reasons of all who refuse it.
void add_reason(Support& all, const std::string& node, const std::string& op, std::string reason) {
  const auto is_it = [&](const Support::Refusal& refusal) { return refusal.node == node; };
  const auto known = std::find_if(all.refusals.begin(), all.refusals.end(), is_it);
  if (known == all.refusals.end())
    all.refusals.push_back({node, op, std::move(reason)});
  else
    known->reason = fmt::format("{}; {}", known->reason, reason);
}

Entry compiled_by(const Engine& engine, const ir::Model& part, const Processor& processor) {
  if (std::string reason = refusal(engine, part.graph, processor); !reason.empty())
    return {engine.name(), nullptr, std::move(reason)};
  try {
    return {engine.name(), engine.compile(part, processor), {}};
  } catch (const std::exception& error) {
    return {engine.name(), nullptr, error.what(), true};
  }
}

std::string left_out(std::string_view engine, std::string_view reason) {
  return fmt::format("{} left out: {}", engine, reason);
}

std::vector<std::string> reasons(const std::vector<Entry>& entries) {
  std::vector<std::string> lines;
  for (const Entry& entry : entries)
    if (!entry.part) lines.push_back(left_out(entry.engine, entry.reason));
  return lines;
}

// "openvino 812 us, litert 930 us", the fastest first.
std::string describe(const Choice& choice) {
  std::vector<std::pair<double, std::string>> laps;
  for (const auto& [engine, us] : choice.microseconds) laps.emplace_back(us, engine);
  std::sort(laps.begin(), laps.end());
  std::vector<std::string> words;
  for (const auto& [us, engine] : laps) words.push_back(fmt::format("{} {:.0f} us", engine, us));
  return fmt::format("{}", fmt::join(words, ", "));
}

// Times the entries that compiled, drops those that cannot run, and names the fastest; an empty
// engine if none is left.
Choice compare(std::vector<Entry>& entries, const ir::Graph& graph, const Processor& processor) {
  std::vector<std::shared_ptr<const CompiledPart>> parts;
  std::vector<Entry*> racers;
  for (Entry& entry : entries)
    if (entry.part) {
      parts.push_back(entry.part);
      racers.push_back(&entry);
    }
  const std::vector<Lap> laps = race(parts, graph, processor);
  Choice choice;
  for (size_t i = 0; i < laps.size(); ++i) {
    if (!laps[i].failure.empty()) {
      *racers[i] = {racers[i]->engine, nullptr, laps[i].failure, true};
      continue;
    }
    choice.microseconds[racers[i]->engine] = laps[i].microseconds;
    const auto fastest = choice.microseconds.find(choice.engine);
    if (fastest == choice.microseconds.end() || laps[i].microseconds < fastest->second)
      choice.engine = racers[i]->engine;
  }
  return choice;
}

std::shared_ptr<const CompiledPart> part_of(const std::vector<Entry>& entries,
                                            const std::string& engine) {
  for (const Entry& entry : entries)
    if (entry.engine == engine) return entry.part;
  return nullptr;
}

}  // namespace

AutoEngine::AutoEngine(Engines candidates, std::shared_ptr<const Engine> last_resort,
                       std::filesystem::path remembered, std::optional<Topology> topology)
    : candidates_(std::move(candidates)),
      last_resort_(std::move(last_resort)),
      choices_(std::move(remembered)),
      topology_(topology ? *std::move(topology) : machine_topology()) {}

std::string AutoEngine::version() const {
  std::vector<std::string> versions;
  for (const auto& engine : candidates_)
    versions.push_back(fmt::format("{} {}", engine->name(), engine->version()));
  return fmt::format("{}", fmt::join(versions, ", "));
}

std::vector<DeviceInfo> AutoEngine::devices() const {
  std::vector<DeviceInfo> all;
  for (const auto& engine : candidates_)
    for (DeviceInfo& device : engine->devices()) {
      if (!device.usable) device.why_not = fmt::format("{}: {}", engine->name(), device.why_not);
      const auto same = std::find_if(all.begin(), all.end(), [&](const DeviceInfo& other) {
        return other.name == device.name;
      });
      if (same == all.end())
        all.push_back(std::move(device));
      else if (!same->usable && device.usable)
        *same = std::move(device);
      else if (!same->usable)
        same->why_not += "; " + device.why_not;
    }
  return all;
}

Support AutoEngine::supports(const ir::Graph& part, const Processor& processor) const {
  Engines engines = candidates_;
  if (last_resort_) engines.push_back(last_resort_);
  Support all;
  for (const auto& engine : engines) {
    const Support support = engine->supports(part, processor);
    if (support.complete()) return {};
    for (const auto& [node, op, reason] : support.refusals)
      add_reason(all, node, op, fmt::format("{}: {}", engine->name(), reason));
  }
  return all;
}

std::string AutoEngine::key(const ir::Model& part, const Processor& processor) const {
  Hash hash;
  // Another word whenever an engine is given other work for the same part.
  hash.add("channels last at no cost").add(ir::work_of(part.graph));
  hash.add(version()).add(cpu_model()).add(cpu_instructions()).add(processor.device);
  const auto kinds = core_kinds(processor.cores, topology_);
  if (!kinds.empty()) hash.add(kinds);
  hash.add(fmt::format("{} {}", processor.threads, static_cast<int>(processor.precision)));
  return hash.hex();
}

std::shared_ptr<const CompiledPart> AutoEngine::remembered(const std::string& key,
                                                           const ir::Model& part,
                                                           const Processor& processor) const {
  const auto choice = find_choice(choices_, key);
  if (!choice) return nullptr;
  std::vector<std::string> notes = {fmt::format("{} (remembered)", describe(*choice))};
  std::shared_ptr<const CompiledPart> chosen;
  for (const auto& engine : candidates_) {
    if (engine->name() == choice->engine)
      chosen = compiled_by(*engine, part, processor).part;
    else if (const auto reason = refusal(*engine, part.graph, processor); !reason.empty())
      notes.push_back(left_out(engine->name(), reason));
  }
  if (!chosen) return nullptr;
  return std::make_shared<ChosenPart>(std::move(chosen), std::move(notes));
}

std::shared_ptr<const CompiledPart> AutoEngine::compile(const ir::Model& given,
                                                        const Processor& processor) const {
  const std::lock_guard lock(one_race_);
  const ir::Model part = processor.precision == Precision::int8 ? given : to_float(given);
  const std::string where = key(part, processor);
  if (auto chosen = remembered(where, part, processor)) return chosen;

  std::vector<Entry> entries;
  for (const auto& engine : candidates_) entries.push_back(compiled_by(*engine, part, processor));
  const Choice choice = compare(entries, part.graph, processor);
  std::vector<std::string> notes = reasons(entries);
  if (auto fastest = part_of(entries, choice.engine)) {
    if (std::none_of(entries.begin(), entries.end(), [](const Entry& e) { return e.failed; }))
      engines::remember(choices_, where, choice);
    notes.insert(notes.begin(), describe(choice));
    return std::make_shared<ChosenPart>(std::move(fastest), std::move(notes));
  }
  if (last_resort_) {
    entries.push_back(compiled_by(*last_resort_, part, processor));
    if (entries.back().part)
      return std::make_shared<ChosenPart>(entries.back().part, std::move(notes));
    notes = reasons(entries);
  }
  if (notes.empty()) notes.push_back("there is none");
  throw EngineError({.what = fmt::format("no engine takes the part: {}", fmt::join(notes, "; ")),
                     .where = part.name,
                     .fix = "`nnstretch devices` shows which engines work here"});
}

}  // namespace nnstretch::engines
