#include "search/timing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <thread>

#include "base/error.h"
#include "engines/part_timer.h"
#include "ir/passes/to_float.h"
#include "quantize/int8.h"
#include "weights/weights.h"

namespace nnstretch::search {
namespace {

using engines::PartTimer;
using engines::Processor;

constexpr int kWarmUpRounds = 2, kRounds = 16;
// Fewer parts than these leave each other's weights in the caches.
constexpr size_t kManyParts = 8;

ir::Model as_computed(const ir::Model& part, const Processor& processor) {
  return processor.precision == engines::Precision::int8 ? part : ir::to_float(part);
}

struct Compiled {
  size_t part = 0;  // index
  std::shared_ptr<const engines::CompiledPart> code;
};

engines::Engines engines_of(const Processor& processor, const engines::EngineList& engines) {
  if (processor.engine == "auto") return engines.raced();
  const engines::Engine& named = engines.find(processor.engine);
  for (const auto& one : engines.all())
    if (one.get() == &named) return {one};
  return {std::shared_ptr<const engines::Engine>(std::shared_ptr<void>(), &named)};  // of a test
}

// By every engine that takes it. EngineError if none does.
std::vector<Compiled> compiled(const ir::Model& part, size_t index, const Processor& processor,
                               const engines::EngineList& engines) {
  std::vector<Compiled> all;
  std::vector<std::string> reasons;
  for (const auto& engine : engines_of(processor, engines)) {
    const engines::Support support = engine->supports(part.graph, processor);
    if (!support.complete() || !support.caution.empty()) {
      reasons.push_back(engine->name() + ": " +
                        (support.complete() ? support.caution : support.refusals[0].reason));
      continue;
    }
    try {
      all.push_back({index, engine->compile(part, processor)});
    } catch (const EngineError& error) {
      reasons.push_back(error.what());
    }
  }
  if (all.empty())
    throw EngineError({.what = fmt::format("no engine takes it: {}", fmt::join(reasons, "; ")),
                       .where = part.name,
                       .fix = "`nnstretch devices` shows which engines work here"});
  return all;
}

}  // namespace

ir::Model int8_part(const ir::Graph& graph, const std::string& name) {
  ir::Model model{
      .graph = graph, .weights = weights::initialise(graph), .name = name, .preprocess = {}};
  model = quantize::prepare(model);
  quantize::Ranges ranges;
  for (const auto& node : model.graph.nodes()) ranges[node.name] = {-3, 4};
  return quantize::to_int8(model, ranges);
}

std::vector<PartTime> time_parts(const std::vector<ir::Model>& given, const Processor& processor,
                                 const engines::EngineList& engines) {
  std::vector<ir::Model> parts;
  std::vector<Compiled> all;
  for (size_t i = 0; i < given.size(); ++i) {
    parts.push_back(as_computed(given[i], processor));
    for (auto& one : compiled(parts[i], i, processor, engines)) all.push_back(std::move(one));
  }
  std::vector<PartTime> times(given.size());
  std::vector<std::string> failures;
  engines::on_cores_of(processor, [&] {
    std::deque<PartTimer> timers;
    for (const auto& one : all)
      timers.emplace_back(*one.code, parts[one.part].graph, engines::clock_of(processor));
    for (int round = 0; round < kWarmUpRounds; ++round)
      for (PartTimer& timer : timers) timer.run();
    engines::OtherWork other_work;
    for (int round = 0; round < kRounds; ++round)
      for (PartTimer& timer : timers) {
        if (given.size() < kManyParts) other_work.run();
        timer.run_timed();
      }
    for (size_t i = 0; i < timers.size(); ++i) {
      if (const auto best = timers[i].best())
        times[all[i].part].engines[all[i].code->engine()] = *best;
      else
        failures.push_back(timers[i].failure());
    }
  });
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i].engines.empty())
      throw EngineError({.what = fmt::format("it does not run: {}", fmt::join(failures, "; ")),
                         .where = parts[i].name});
    times[i].us = std::ranges::min_element(times[i].engines, {}, [](const auto& one) {
                    return one.second;
                  })->second;
  }
  return times;
}

std::vector<double> time_together(const std::vector<ir::Model>& given,
                                  const std::vector<Processor>& processors,
                                  const engines::EngineList& engines) {
  const size_t count = processors.size();
  std::vector<ir::Model> parts;
  std::vector<Compiled> all;
  std::vector<double> alone(count), together(count);
  for (size_t i = 0; i < count; ++i) {
    parts.push_back(as_computed(given.at(i), processors[i]));
    all.push_back(compiled(parts[i], i, processors[i], engines).front());
    engines::on_cores_of(processors[i], [&] {
      PartTimer timer(*all[i].code, parts[i].graph, engines::clock_of(processors[i]));
      timer.run();
      for (int round = 0; round < kRounds; ++round) timer.run_timed();
      alone[i] = timer.best().value_or(0);
    });
  }
  std::atomic<size_t> ready = 0, done = 0;
  std::vector<std::exception_ptr> failures(count);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        engines::on_cores_of(processors[i], [&] {
          PartTimer timer(*all[i].code, parts[i].graph, engines::clock_of(processors[i]));
          timer.run();
          ++ready;
          while (ready < count) std::this_thread::yield();
          for (int round = 0; round < kRounds; ++round) timer.run_timed();
          ++done;
          together[i] = timer.best().value_or(0);
          while (done < count && timer.able()) timer.run();  // the others still want company
        });
      } catch (...) {
        failures[i] = std::current_exception();
        ++ready;
        ++done;
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
  std::vector<double> factors;
  for (size_t i = 0; i < count; ++i)
    factors.push_back(alone[i] > 0 ? std::max(1.0, together[i] / alone[i]) : 1);
  return factors;
}

}  // namespace nnstretch::search
