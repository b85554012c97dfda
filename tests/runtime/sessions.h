// What tests of sessions and streams share: plans of the fake engine, random inputs, a recorder.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "plan/random_graph.h"
#include "runtime/compiled_plan.h"

namespace nnstretch::testing {

inline ir::Model random_model(uint32_t seed, size_t nodes = 40) {
  return {random_graph(seed, nodes), {}, "random", {}};
}

inline std::vector<Bytes> random_inputs(const ir::Graph& graph, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Bytes> inputs;
  for (const ir::NodeId id : graph.inputs()) {
    Bytes bytes(graph.node(id).type.bytes());
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    inputs.push_back(bytes);
  }
  return inputs;
}

inline std::vector<std::span<const std::byte>> views(const std::vector<Bytes>& values) {
  return {values.begin(), values.end()};
}

inline std::shared_ptr<const runtime::CompiledPlan> compiled(const FakeEngine& engine,
                                                             const ir::Model& model,
                                                             const plan::Machine& machine,
                                                             bool strict = true) {
  const plan::Surroundings here = engine.here();
  return runtime::compile(make_plan(model, machine, here, {.strict = strict}), here);
}

// Notes when parts begin and end; parts may be held back until others have begun.
class Recorder {
 public:
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(what);
    changed_.notify_all();
  }
  void wait_until(const std::string& what, int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::count(notes_.begin(), notes_.end(), what) >= times; });
  }
  std::vector<std::string> notes() {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;
};

}  // namespace nnstretch::testing
