#include "measure/comparable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

namespace nnstretch::measure {
namespace {

using Words = std::set<std::string>;

template <class Of>
std::string of_processors(const Result& result, const Of& word) {
  Words words;
  for (const auto& one : result.processors) words.insert(std::string(word(one.processor)));
  return fmt::format("{}", fmt::join(words, " and "));
}

int threads(const Result& result) {
  int sum = 0;
  for (const auto& one : result.processors) sum += one.processor.threads;
  return sum;
}

// The engines that ran parts. `auto` may take others after a change of the program.
Words engines_used(const Result& result) {
  Words used;
  for (const auto& part : result.parts) used.insert(part.engine);
  return used;
}

std::string version_of(const Result& result, const std::string& engine) {
  const auto found = result.context.engines.find(engine);
  const bool told = found != result.context.engines.end() && found->second;
  return told ? *found->second : "not there";
}

class Comparison {
 public:
  Comparison(const Result& before, const Result& after) : before_(before), after_(after) {}

  Likeness likeness() && {
    network();
    differ("what timed it", timed_by(before_), timed_by(after_));
    differ("machine", before_.context.cpu, after_.context.cpu);
    differ("cores", std::to_string(before_.context.cores), std::to_string(after_.context.cores));
    engines();
    processors("devices", [](const auto& p) { return p.device; });
    differ("threads", std::to_string(threads(before_)), std::to_string(threads(after_)));
    processors("arithmetic", [](const auto& p) { return name_of(p.precision); });
    differ("kind of plan", before_.remarks.plan_kind, after_.remarks.plan_kind);
    order();
    return std::move(found_);
  }

 private:
  void differ(std::string what, std::string before, std::string after) {
    if (before != after)
      found_.differences.push_back({std::move(what), std::move(before), std::move(after)});
  }

  template <class Of>
  void processors(const char* what, const Of& word) {
    differ(what, of_processors(before_, word), of_processors(after_, word));
  }

  // Another input makes another digest and other multiply-adds, and the same parameters.
  void network() {
    const auto &old = before_.network, &fresh = after_.network;
    const bool other_input = old.input && fresh.input && *old.input != *fresh.input;
    if (other_input) differ("input", *old.input, *fresh.input);
    if (old.parameters != fresh.parameters ||
        (!other_input && old.multiply_adds != fresh.multiply_adds))
      return differ("network", cost_of(before_), cost_of(after_));
    if (other_input) return;
    if (old.digest && fresh.digest)
      differ("network", "content " + *old.digest, "content " + *fresh.digest);
    else
      found_.unknown.emplace_back("the content of the network");
  }

  // Programs of others count their time in other ways.
  static std::string timed_by(const Result& result) {
    if (!result.tool) return "this program";
    return fmt::format("{} {}{}", result.tool->name, result.tool->content,
                       result.tool->of_operators ? ", operators added up" : "");
  }

  static std::string cost_of(const Result& result) {
    return fmt::format("{} multiply-adds, {} parameters", result.network.multiply_adds,
                       result.network.parameters);
  }

  void engines() {
    processors("engine", [](const auto& p) { return p.engine; });
    Words used = engines_used(before_);
    used.merge(engines_used(after_));
    for (const auto& engine : used)
      differ(engine, version_of(before_, engine), version_of(after_, engine));
  }

  void order() {
    const auto word = [](bool sequential) { return sequential ? "sequential" : "parallel"; };
    if (before_.sequential && after_.sequential)
      differ("order", word(*before_.sequential), word(*after_.sequential));
    else
      found_.unknown.emplace_back("whether parts ran at the same time");
  }

  const Result &before_, &after_;
  Likeness found_;
};

}  // namespace

Likeness likeness(const Result& before, const Result& after) {
  return Comparison(before, after).likeness();
}

Restarts restarts_of(const Result& result) {
  if (!result.restarts.empty()) return result.restarts;
  return result.runs_us.empty() ? Restarts() : Restarts{result.runs_us};
}

}  // namespace nnstretch::measure
