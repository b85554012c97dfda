#include "engines/auto/race.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "engines/part_timer.h"

namespace nnstretch::engines {
namespace {

constexpr int kWarmUpRounds = 1;  // first runs allocate and fill caches
constexpr int kFewestRounds = 5;
constexpr int kMostRounds = 40;
constexpr double kEnoughMicroseconds = 120'000;  // more rounds only as long as they are cheap
constexpr int kScreeningRounds = 2;              // until the hopeless are known
constexpr double kHopeless = 1.5;                // times the fastest

Lap lap_of(const PartTimer& timer) {
  return timer.able() ? Lap{timer.best().value_or(0), {}} : Lap{0, timer.failure()};
}

// Without those that have no hope; their best time stays.
std::vector<PartTimer*> screened(const std::vector<PartTimer*>& racers) {
  std::optional<double> fastest;
  for (const PartTimer* racer : racers)
    if (const auto best = racer->best()) fastest = std::min(fastest.value_or(*best), *best);
  std::vector<PartTimer*> left;
  for (PartTimer* racer : racers)
    if (const auto best = racer->best(); best && *best <= kHopeless * *fastest)
      left.push_back(racer);
  return left;
}

std::vector<Lap> run_all(const std::vector<std::shared_ptr<const CompiledPart>>& parts,
                         const ir::Graph& graph, Clock clock) {
  std::deque<PartTimer> racers;
  std::vector<PartTimer*> running;
  for (const auto& part : parts) running.push_back(&racers.emplace_back(*part, graph, clock));
  for (int round = 0; round < kWarmUpRounds; ++round)
    for (PartTimer* racer : running) racer->run();
  OtherWork other_work;
  const double start = now_us();
  for (int round = 0; round < kMostRounds; ++round) {
    if (round >= kFewestRounds && now_us() - start > kEnoughMicroseconds) break;
    if (round == kScreeningRounds) running = screened(running);
    for (PartTimer* racer : running) {
      other_work.run();
      racer->run_timed();
    }
  }
  std::vector<Lap> laps;
  for (const PartTimer& racer : racers) laps.push_back(lap_of(racer));
  return laps;
}

}  // namespace

std::vector<Lap> race(const std::vector<std::shared_ptr<const CompiledPart>>& parts,
                      const ir::Graph& graph, const Processor& processor) {
  std::vector<Lap> laps;
  on_cores_of(processor, [&] { laps = run_all(parts, graph, clock_of(processor)); });
  return laps;
}

}  // namespace nnstretch::engines
