// A session with other plans of the same network in reserve, which it changes to while others take
// a processor (runtime/balancer.h).
//     BalancedSession session({compile(plan), compile(plan_without_the_cpu)});
//     session.run();
// One plan runs at a time, the threads of the others sleep. Plans round differently: the bytes are
// those of plan(). With a single plan it is a Session.
#pragma once
#include <deque>

#include "runtime/balancer.h"
#include "runtime/session.h"

namespace nnstretch::runtime {

class BalancedSession {
 public:
  // The first plan is preferred. ShapeError unless all have the same inputs and outputs; else as
  // Session.
  explicit BalancedSession(const std::vector<std::shared_ptr<const CompiledPlan>>& plans,
                           Order order = Order::parallel, const Memory& memory = {},
                           const BalancerOptions& options = {});

  // As those of Session; the memory is the same whichever plan runs.
  std::span<std::byte> input(size_t index = 0) { return sessions_[0].input(index); }
  std::span<const std::byte> output(size_t index = 0) const { return sessions_[0].output(index); }
  // The plan that failed is left for one that works.
  void run();
  void run(std::span<const std::byte> input, std::span<std::byte> output);
  void cancel();
  Timeline timeline() const { return sessions_[last_].timeline(); }

  // Of the last run.
  const plan::Plan& plan() const { return sessions_[last_].plan(); }
  size_t last() const { return last_; }
  const Balancer& balancer() const { return balancer_; }

 private:
  void timed(const auto& run);

  std::vector<AlignedBytes> own_;
  std::deque<Session> sessions_;
  Balancer balancer_;
  size_t last_ = 0;
};

}  // namespace nnstretch::runtime
