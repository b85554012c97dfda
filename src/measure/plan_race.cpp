#include "measure/plan_race.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "measure/statistics.h"
#include "measure/threads_asleep.h"
#include "runtime/session.h"

namespace nnstretch::measure {
namespace {

constexpr double kLongUs = 30'000;
constexpr int kScreeningRounds = 2;  // until those that may be the fastest are known
constexpr size_t kFinalists = 3;
constexpr double kEnoughMicroseconds = 300'000;  // more rounds only as long as they are cheap
// After so many rounds who is behind by so much goes; who is ahead by so much in each is the
// fastest.
constexpr int kClearRounds = 3;
constexpr double kHopeless = 1.25, kClear = 1.08;
// Halves of the rounds, or minima and medians, that differ by less say the same.
constexpr double kAgree = 1.02;
// A winner's own median and minimum that differ by more were disturbed, as of any result
// (measure/doubts.h).
constexpr double kScatter = 1.15;

// A plan and its times. After a failure it stands still.
class Racer {
 public:
  explicit Racer(const Entrant& entrant) : entrant_(entrant), failure_(entrant.failure) {
    if (!entrant.compiled) return;
    guarded([&] {
      session_.emplace(entrant.compiled);
      session_->run();  // allocates and fills caches
    });
  }

  // The second of two runs, for the first brings code and weights back into the caches; a long one
  // hardly feels that.
  void run() {
    if (!session_) return;
    guarded([&] {
      session_->run();
      if (session_->timeline().latency_us < kLongUs) session_->run();
      times_.push_back(session_->timeline().latency_us);
    });
  }
  bool able() const { return session_.has_value(); }
  // Of the rounds [first, last).
  double fastest(size_t first, size_t last) const {
    return *std::min_element(times_.begin() + static_cast<ptrdiff_t>(first),
                             times_.begin() + static_cast<ptrdiff_t>(last));
  }
  double fastest() const { return fastest(0, times_.size()); }
  double median() const { return measure::median(times_); }
  size_t rounds() const { return times_.size(); }
  void forget_times() { times_.clear(); }
  void stop() { session_.reset(); }  // its threads end
  // Of an engine, beside those of the session.
  bool has_threads() const {
    return entrant_.compiled &&
           std::ranges::any_of(entrant_.compiled->plan().processors,
                               [](const auto& one) { return one.threads > 1; });
  }

  Standing standing() const {
    Standing told{.candidate = entrant_.name, .kind = entrant_.kind, .failure = failure_};
    if (!times_.empty()) told.min_us = fastest(), told.p50_us = median();
    return told;
  }

 private:
  void guarded(const auto& action) {
    try {
      action();
    } catch (const EngineError& error) {
      failure_ = error.what();
      session_.reset();
      times_.clear();
    }
  }

  const Entrant& entrant_;
  std::string failure_;
  std::optional<runtime::Session> session_;
  std::vector<double> times_;  // of each round
};

using Racers = std::vector<Racer*>;

Racers able(const Racers& racers) {
  Racers left;
  for (Racer* racer : racers)
    if (racer->able()) left.push_back(racer);
  return left;
}

// In turns, each round beginning with another, so that a disturbance hits all alike.
void run_round(const Racers& racers, int round) {
  for (size_t i = 0; i < racers.size(); ++i) {
    Racer& racer = *racers[(i + static_cast<size_t>(round)) % racers.size()];
    racer.run();
    if (racers.size() > 1 && racer.has_threads()) let_threads_sleep();
  }
}

// Those that can still run, the fastest first.
Racers ranked(const Racers& racers) {
  Racers left = able(racers);
  std::ranges::stable_sort(left, {}, [](const Racer* racer) { return racer->fastest(); });
  return left;
}

// The first so many go on.
Racers first_of(Racers racers, size_t count) {
  while (racers.size() > count) {
    racers.back()->stop();
    racers.pop_back();
  }
  return racers;
}

// However far behind the others are: what a disturbance did to two rounds, three more undo.
Racers screened(Racers racers) {
  for (int round = 0; round < kScreeningRounds; ++round) run_round(racers, round);
  return first_of(ranked(racers), kFinalists);
}

Racers hopeful(const Racers& racers) {
  const Racers left = ranked(racers);
  size_t count = 0;
  while (count < left.size() && left[count]->fastest() <= kHopeless * left[0]->fastest()) ++count;
  return first_of(left, count);
}

// In every round the same one is ahead, and clearly.
bool is_clear(const Racers& racers) {
  const Racers left = ranked(racers);
  const auto behind = [&](const Racer* other) {
    for (size_t round = 0; round < other->rounds(); ++round)
      if (other->fastest(round, round + 1) < kClear * left[0]->fastest(round, round + 1))
        return false;
    return true;
  };
  return !left.empty() && std::all_of(left.begin() + 1, left.end(), behind);
}

// The same rounds of all that are able to the end. Of one alone the screening has said enough.
Racers timed(Racers racers, int most_rounds) {
  if (racers.size() < 2) return racers;
  for (Racer* racer : racers) racer->forget_times();
  const double start = now_us();
  for (int round = 0; round < std::clamp(most_rounds, 2, kMostRounds); ++round) {
    if (round >= kFewestRounds && now_us() - start > kEnoughMicroseconds) break;
    if (round == kClearRounds && is_clear(racers)) break;
    if (round == kClearRounds) racers = hopeful(racers);
    if (racers.size() < 2) break;
    run_round(racers, round);
  }
  return ranked(racers);
}

// Why the rounds do not say that the first is the fastest; empty if they do.
std::string disagreement(const Racers& racers) {
  const Racer& winner = *racers.at(0);
  const bool disturbed = winner.median() > kScatter * winner.fastest();
  for (const Racer* other : std::span(racers).subspan(1)) {
    const size_t half = winner.rounds() / 2, all = winner.rounds();
    if (winner.fastest(0, half) > kAgree * other->fastest(0, half) ||
        winner.fastest(half, all) > kAgree * other->fastest(half, all) ||
        winner.median() > kAgree * other->median() ||
        (disturbed && winner.median() > other->fastest()))
      return "the rounds do not agree";
  }
  return {};
}

}  // namespace

RaceResult race(const std::vector<Entrant>& entrants, int most_rounds) {
  static std::mutex one_race;
  const std::lock_guard lock(one_race);
  std::deque<Racer> all;
  Racers running;
  for (const Entrant& entrant : entrants) running.push_back(&all.emplace_back(entrant));
  running = timed(screened(able(running)), most_rounds);
  RaceResult result{.standings = {}, .timed = running.size()};
  for (const Racer* racer : running) result.standings.push_back(racer->standing());
  for (const Racer& racer : all)
    if (std::ranges::find(running, &racer) == running.end())
      result.standings.push_back(racer.standing());
  if (!running.empty()) result.doubt = disagreement(running);
  return result;
}

}  // namespace nnstretch::measure
