#include "engines/auto/race.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <optional>
#include <thread>

#include "base/aligned.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::engines {
namespace {

constexpr int kWarmUpRounds = 1;  // first runs allocate and fill caches
constexpr int kFewestRounds = 5;
constexpr int kMostRounds = 40;
constexpr double kEnoughMicroseconds = 120'000;  // more rounds only as long as they are cheap
constexpr int kScreeningRounds = 2;              // until the hopeless are known
constexpr double kHopeless = 1.5;                // times the fastest

// What other parts leave of a part's weights in its core's own caches between two runs: nothing. A
// part that is only repeated is up to a tenth faster than in any network, and not by every engine.
class OtherWork {
 public:
  void run() {
    for (size_t at = 0; at < memory_.size(); at += AlignedBytes::kAlignment)
      sum_ = sum_ + std::to_integer<int>(memory_.data()[at]);
  }

 private:
  AlignedBytes memory_{8 << 20};
  volatile int sum_ = 0;
};

std::vector<AlignedBytes> zeros(const ir::Graph& graph, const std::vector<ir::NodeId>& values) {
  std::vector<AlignedBytes> memory;
  for (const ir::NodeId id : values) memory.emplace_back(graph.node(id).type.bytes());
  return memory;
}

std::vector<Buffer> views(const std::vector<AlignedBytes>& memory) {
  std::vector<Buffer> buffers;
  for (const AlignedBytes& bytes : memory) buffers.push_back({bytes.data(), bytes.size()});
  return buffers;
}

// What a part is timed by. An engine of one thread computes on the caller's: its CPU time is the
// same however busy the machine is.
using Clock = double (*)();
Clock clock_of(const Processor& processor) {
  if (processor.device == "cpu" && processor.threads == 1) return thread_cpu_us;
  return now_us;
}

// A part, its memory and its best time. After a failure it stands still.
class Racer {
 public:
  Racer(const CompiledPart& part, const ir::Graph& graph, Clock clock)
      : clock_(clock),
        inputs_(zeros(graph, graph.inputs())),
        outputs_(zeros(graph, graph.outputs())) {
    guarded([&] {
      instance_ = part.instantiate();
      instance_->bind(views(inputs_), views(outputs_));
    });
  }

  void run() {
    if (able_) guarded([&] { instance_->run(); });
  }
  void run_timed() {
    const double start = clock_();
    run();
    const double took = clock_() - start;
    if (able_) best_ = std::min(best_.value_or(took), took);
  }
  // Microseconds; nothing before the first timed run and after a failure.
  std::optional<double> best() const { return able_ ? best_ : std::nullopt; }
  Lap lap() const { return able_ ? Lap{best_.value_or(0), {}} : Lap{0, failure_}; }

 private:
  void guarded(const auto& action) {
    try {
      action();
    } catch (const std::exception& error) {
      able_ = false;
      failure_ = error.what();
    }
  }

  Clock clock_;
  std::vector<AlignedBytes> inputs_, outputs_;
  std::unique_ptr<PartInstance> instance_;
  std::optional<double> best_;
  bool able_ = true;
  std::string failure_;
};

// Without those that have no hope; their best time stays.
std::vector<Racer*> screened(const std::vector<Racer*>& racers) {
  std::optional<double> fastest;
  for (const Racer* racer : racers)
    if (const auto best = racer->best()) fastest = std::min(fastest.value_or(*best), *best);
  std::vector<Racer*> left;
  for (Racer* racer : racers)
    if (const auto best = racer->best(); best && *best <= kHopeless * *fastest)
      left.push_back(racer);
  return left;
}

std::vector<Lap> run_all(const std::vector<std::shared_ptr<const CompiledPart>>& parts,
                         const ir::Graph& graph, Clock clock) {
  std::deque<Racer> racers;
  std::vector<Racer*> running;
  for (const auto& part : parts) running.push_back(&racers.emplace_back(*part, graph, clock));
  for (int round = 0; round < kWarmUpRounds; ++round)
    for (Racer* racer : running) racer->run();
  OtherWork other_work;
  const double start = now_us();
  for (int round = 0; round < kMostRounds; ++round) {
    if (round >= kFewestRounds && now_us() - start > kEnoughMicroseconds) break;
    if (round == kScreeningRounds) running = screened(running);
    for (Racer* racer : running) {
      other_work.run();
      racer->run_timed();
    }
  }
  std::vector<Lap> laps;
  for (const Racer& racer : racers) laps.push_back(racer.lap());
  return laps;
}

}  // namespace

std::vector<Lap> race(const std::vector<std::shared_ptr<const CompiledPart>>& parts,
                      const ir::Graph& graph, const Processor& processor) {
  std::vector<Lap> laps;
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (!processor.cores.empty() && !pin_this_thread(processor.cores))
        throw EngineError({.what = "the system refuses the processor's cores",
                           .where = processor.name,
                           .fix = "name cores that this process may use"});
      laps = run_all(parts, graph, clock_of(processor));
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return laps;
}

}  // namespace nnstretch::engines
