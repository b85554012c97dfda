#include "measure/latency.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/clock.h"
#include "measure/signs.h"
#include "measure/timelines.h"

namespace nnstretch::measure {
namespace {

using plan::Plan;
using runtime::Order;
using runtime::Session;
using runtime::Timeline;

// Rounds that take turns with what explains them: enough that a machine which changes changes for
// all, few enough that what each costs the others' caches does not count.
constexpr int kRounds = 5;

constexpr int kFewestBeside = 10;
constexpr double kCheapUs = 150'000;

// In turn, as a run of the network goes through them: a part that is only repeated has all it needs
// in its core's own cache, which no run of the network has.
void time_alone(Session& session, int runs, std::vector<double>& minima) {
  for (int i = 0; i < runs; ++i)
    for (size_t part = 0; part < minima.size(); ++part)
      minima[part] = std::min(minima[part], session.run_part_alone(part));
}

void time_runs(Session& session, int runs, std::vector<Timeline>& lines) {
  for (int i = 0; i < runs; ++i) {
    session.run();
    lines.push_back(session.timeline());
  }
}

double fastest(const std::vector<Timeline>& lines) {
  return std::ranges::min(lines, {}, &Timeline::latency_us).latency_us;
}

struct Timings {
  int beside = 0;  // Round::beside
  std::vector<Timeline> runs;
  std::vector<double> alone_us;  // minima
  ThreadTime threads;
  double seconds = 0;
};

// Adds what threads do while it is there.
class ThreadWatch {
 public:
  explicit ThreadWatch(Timings& sum) : sum_(sum) {}
  ~ThreadWatch() {
    sum_.seconds += (now_us() - begin_us_) * 1e-6;
    const ThreadTime more = between(before_, thread_times());
    sum_.threads.ran += more.ran;
    sum_.threads.waited += more.waited;
    sum_.threads.preempted += more.preempted;
  }

 private:
  Timings& sum_;
  std::map<int, ThreadTime> before_ = thread_times();
  double begin_us_ = now_us();
};

Timings take_turns(Session& session, const MeasureOptions& options) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  Timings timings;
  timings.alone_us.assign(session.plan().parts.size(), kNever);
  Round round{.of = options.beside ? std::clamp(options.runs, 1, kRounds) : 1};
  for (; round.index < round.of; ++round.index) {
    const int runs = round.share(options.runs);
    if (round.index > 0 && options.alone) session.run();  // others took the caches
    {
      const ThreadWatch watch(timings);
      time_runs(session, runs, timings.runs);
      if (round.index == 0 && runs > 0)
        round.beside = timings.beside = runs_beside(options.runs, fastest(timings.runs));
      if (options.alone) time_alone(session, round.share(round.beside), timings.alone_us);
    }
    if (options.beside) options.beside(round);
  }
  return timings;
}

// Parts by themselves, and what bounds the network by them.
void explain(Measurement& result, const Plan& plan, Timings timings) {
  result.bound_alone_us = critical_path_us(plan, Order::parallel, timings.alone_us);
  for (const Timeline& line : timings.runs)
    for (size_t i = 0; i < plan.parts.size(); ++i)
      timings.alone_us[i] = std::min(timings.alone_us[i], line.parts[i].run());
  result.part_alone_us = std::move(timings.alone_us);
  result.alone_us.resize(plan.processors.size());
  for (size_t i = 0; i < plan.parts.size(); ++i)
    result.alone_us[plan.parts[i].processor] += result.part_alone_us[i];
  result.bound_us = critical_path_us(plan, Order::parallel, result.part_alone_us);
}

// Parts that `part` must let pass first: what it reads, and what its worker runs before it.
std::vector<size_t> earlier(const Plan& plan, Order order, size_t part) {
  if (order == Order::sequential) return part == 0 ? std::vector<size_t>{} : std::vector{part - 1};
  std::vector<size_t> parts = plan.parts[part].after;
  for (size_t other = part; other-- > 0;)
    if (plan.parts[other].processor == plan.parts[part].processor) {
      parts.push_back(other);
      break;
    }
  return parts;
}

}  // namespace

int runs_beside(int runs, double latency_us) {
  if (latency_us * runs <= kCheapUs) return runs;
  return std::min(runs, std::max(kFewestBeside, static_cast<int>(kCheapUs / latency_us)));
}

double critical_path_us(const Plan& plan, Order order, std::span<const double> part_us) {
  std::vector<double> ends(plan.parts.size());
  for (size_t part = 0; part < plan.parts.size(); ++part) {
    double start = 0;
    for (const size_t before : earlier(plan, order, part)) start = std::max(start, ends[before]);
    ends[part] = start + part_us[part];
  }
  return ends.empty() ? 0 : *std::max_element(ends.begin(), ends.end());
}

Measurement measure(Session& session, const MeasureOptions& options) {
  const Plan& plan = session.plan();
  Measurement result;
  std::vector<Timeline> warmup;
  time_runs(session, options.warmup, warmup);
  for (const Timeline& line : warmup) result.warmup_us.push_back(line.latency_us);
  Timings timings = take_turns(session, options);
  const std::vector<Timeline>& lines = timings.runs;
  result.threads = timings.threads, result.seconds = timings.seconds;
  result.beside = timings.beside;
  for (const Timeline& line : lines) result.latencies_us.push_back(line.latency_us);
  result.latency = summarise(result.latencies_us);
  result.part_us_p50 = part_medians(plan, lines);
  result.busy_us_p50 = busy_medians(plan, lines);
  result.busy_us_min = busy_minima(plan, lines);
  result.meeting_points = meeting_points(plan, lines);
  result.overlaps = overlaps(plan, lines);
  result.overhead_us_p50 = overhead_median(plan, session.order(), lines);
  if (options.keep_timelines) result.timelines = lines;
  if (options.alone) explain(result, plan, std::move(timings));
  return result;
}

}  // namespace nnstretch::measure
