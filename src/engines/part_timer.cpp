#include "engines/part_timer.h"

#include <algorithm>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::engines {
namespace {

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

}  // namespace

Clock clock_of(const Processor& processor) {
  if (processor.device == "cpu" && processor.threads == 1) return thread_cpu_us;
  return now_us;
}

std::string_view name_of(Clock clock) {
  return clock == static_cast<Clock>(thread_cpu_us) ? "CPU time" : "wall time";
}

PartTimer::PartTimer(const CompiledPart& part, const ir::Graph& graph, Clock clock)
    : clock_(clock),
      inputs_(zeros(graph, graph.inputs())),
      outputs_(zeros(graph, graph.outputs())) {
  guarded([&] {
    instance_ = part.instantiate();
    instance_->bind(views(inputs_), views(outputs_));
  });
}

void PartTimer::run() {
  if (able()) guarded([&] { instance_->run(); });
}

void PartTimer::run_timed() {
  const double start = clock_();
  run();
  const double took = clock_() - start;
  if (able()) best_ = std::min(best_.value_or(took), took);
}

void on_cores_of(const Processor& processor, const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (!processor.cores.empty() && !pin_this_thread(processor.cores))
        throw EngineError({.what = "the system refuses the processor's cores",
                           .where = processor.name,
                           .fix = "name cores that this process may use"});
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nnstretch::engines
