// How long an inference takes and where the time goes.
//     Measurement result = measure(session, {.warmup = 5, .runs = 50});
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cpu_counters.h"
#include "measure/statistics.h"
#include "runtime/session.h"

namespace nnstretch::measure {

// One of the turns in which things take turns.
struct Round {
  int index = 0, of = 1;
  int beside = 0;  // runs, in all rounds together, of each thing that explains the network's own
  // How much of `all` belongs to it: rounds are as alike as can be, and all together have all.
  int share(int all) const { return all * (index + 1) / of - all * index / of; }
};

// How often what explains `runs` runs of this latency is timed: as often where that is cheap, since
// minima of fewer runs are larger; ten times at least.
int runs_beside(int runs, double latency_us);

struct MeasureOptions {
  int warmup = 5;
  int runs = 50;
  bool alone = true;            // also each part by itself; false: no bound
  bool keep_timelines = false;  // for a trace
  // What is timed beside the runs, to explain them: called after each round of some of them, so
  // that all see the same machine. A run that does not count goes before every round but the first,
  // for the caches that it has lost meanwhile. Empty: all runs are one round.
  std::function<void(Round)> beside = {};
};

// All times in microseconds.
struct MeetingPoint {
  int after_stage = 0;
  double wait_us_p50 = 0;       // from the end of the first branch that arrives to that of the last
  double hand_over_us_p50 = 0;  // from then until the last part that reads it has begun
  // The longest that a part which reads it takes to put its values side by side. 0 if they lie so
  // anyway (plan/joins.h); nothing if operators of an engine do it, which does not tell.
  std::optional<double> copy_us_p50 = {};
};

struct Overlap {
  int stage = 0;
  double share_p50 = 0;  // of the other processors' time, during which the busiest one ran: 0..1
};

struct Measurement {
  Statistics latency;                // of Session::run()
  std::vector<double> latencies_us;  // in the order of the runs
  std::vector<double> warmup_us;     // of the runs before them
  std::vector<double> busy_us_p50;   // of each processor of the plan
  std::vector<double> busy_us_min;   // the same, of the run where it was least
  std::vector<double> part_us_p50;   // of each part of the plan
  // Minimum, no other part running; or in a run, where that was less: what a part has done beside
  // others it can do alone. Empty if not asked.
  std::vector<double> part_alone_us;
  std::vector<MeetingPoint> meeting_points;  // ascending by stage
  std::vector<Overlap> overlaps;             // of stages on several processors
  double overhead_us_p50 = 0;                // latency minus critical_path_us of the same run
  std::vector<double> alone_us;              // of each processor the sum of part_alone_us
  std::optional<double> bound_us;            // the critical path of part_alone_us
  std::optional<double> bound_alone_us;      // the same without what parts did in runs
  int beside = 0;                            // how often each part ran alone
  std::vector<runtime::Timeline> timelines;  // if asked
  // What all threads did during the timed runs and the parts alone, and how long those took.
  ThreadTime threads;
  double seconds = 0;
};

// Runs the session on what its inputs hold. EngineError as Session::run(). The caller should not
// be bound to the cores of another worker than its own.
Measurement measure(runtime::Session& session, const MeasureOptions& options = {});

// The longest chain of parts, one waiting for another or for its worker, by the time of each part.
double critical_path_us(const plan::Plan& plan, runtime::Order order,
                        std::span<const double> part_us);

}  // namespace nnstretch::measure
