// Which of several plans of a network to run next, while others use the machine too: the first,
// until one of its processors is taken; then whichever is faster, and the first again when it is
// free.
//     Balancer balancer(plans);
//     const size_t plan = balancer.next();
//     balancer.took(plan, latency_us);
// Latencies decide, nothing else: they see whoever takes a core, a GPU or memory, on every system.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

namespace nnstretch::runtime {

struct BalancerOptions {
  size_t recent = 5;     // runs whose median counts
  double slow = 1.3;     // times its calm latency: something is wrong
  double better = 0.9;   // of the present plan's latency: worth a change
  size_t patience = 50;  // runs from one trial of other plans to the next
};

class Balancer {
 public:
  // UsageError without plans.
  explicit Balancer(size_t plans, const BalancerOptions& options = {});

  size_t next() const { return trial_ ? *trial_ : present_; }
  // That plan's run has ended, in microseconds.
  void took(size_t plan, double us);
  // That plan's run failed: a trial of it is over; where it is the present one, the next plan has
  // its turn, until one works.
  void failed(size_t plan);

  size_t present() const { return present_; }
  size_t changes() const { return changes_; }

 private:
  struct Candidate {
    std::vector<double> recent;  // a ring of options_.recent; nothing is allocated between runs
    size_t runs = 0;             // that were put into it since it was empty
    std::optional<double> calm;  // the least median so far
  };

  bool wants_a_trial();
  void begin_trial(size_t plan);
  void end_trial();
  std::optional<double> latency(size_t plan);

  BalancerOptions options_;
  std::vector<Candidate> plans_;
  std::vector<double> sorting_;  // for medians
  size_t present_ = 0, changes_ = 0;
  std::optional<size_t> trial_;  // the plan that is being tried
  size_t since_trial_ = 0;       // runs
};

}  // namespace nnstretch::runtime
