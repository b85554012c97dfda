#include "runtime/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "base/aligned.h"
#include "base/error.h"
#include "runtime/worker.h"

namespace nnstretch::runtime {
namespace {

// A processor with cores of its own loses nothing by spinning, and a sleeper is late by 10 to 50
// us. Others give their core away soon. Between runs the caller may need one of the cores.
constexpr double kOwnCoreSpin = 1000, kSharedCoreSpin = 5, kBetweenRunsSpin = 20;

Patience patience_of(const std::vector<engines::Processor>& processors) {
  std::set<int> taken;
  bool own_cores = true;
  for (const engines::Processor& processor : processors) {
    own_cores &= !processor.cores.empty();
    for (const int core : processor.cores) own_cores &= taken.insert(core).second;
  }
  if (own_cores) return {kOwnCoreSpin, kBetweenRunsSpin};
  return {kSharedCoreSpin, kSharedCoreSpin};
}

}  // namespace

class Session::Impl {
 public:
  Impl(std::shared_ptr<const CompiledPlan> compiled, Order order)
      : compiled_(std::move(compiled)), order_(order), parts_(plan().parts.size()) {
    for (const PlanBuffer& buffer : plan().buffers) buffers_.emplace_back(buffer.type.bytes());
    for (size_t i = 0; i < parts_.size(); ++i) bind(i);
    const Patience patience = patience_of(plan().processors);
    for (size_t p = 0; p < plan().processors.size(); ++p)
      workers_.push_back(
          std::make_unique<Worker>(plan().processors[p], steps(p), state_, patience));
  }

  const CompiledPlan& compiled() const { return *compiled_; }
  const Plan& plan() const { return compiled_->plan(); }
  Order order() const { return order_; }
  std::span<std::byte> buffer(size_t id) const { return buffers_.at(id).bytes(); }

  // `entered_us`: when the caller came, so that his copies are in the latency.
  void run(double entered_us) {
    start(RunState::kAll, entered_us, workers_.size());
    for (const auto& worker : workers_) worker->begin(state_.number);
    finish();
  }

  double run_alone(size_t part) {
    for (PartState& other : parts_) other.timing = {};
    const auto owner = std::find_if(workers_.begin(), workers_.end(),
                                    [&](const auto& worker) { return worker->owns(part); });
    if (owner == workers_.end())
      throw EngineError({.what = fmt::format("the plan has no part {}", part)});
    start(static_cast<int>(part), now_us(), 1);
    (*owner)->begin(state_.number);
    finish();
    return parts_[part].timing.run();
  }

  void set_latency(double us) { latency_us_ = us; }

  Timeline timeline() const {
    Timeline line{state_.begin_us, latency_us_, {}};
    for (const PartState& part : parts_) line.parts.push_back(part.timing);
    return line;
  }

 private:
  void bind(size_t index) {
    const PlanPart& part = plan().parts[index];
    const auto memory = [&](const std::vector<size_t>& ids) {
      std::vector<engines::Buffer> bound;
      for (const size_t id : ids) bound.push_back({buffer(id).data(), buffer(id).size()});
      return bound;
    };
    parts_[index].instance = compiled_->part(index).instantiate();
    parts_[index].instance->bind(memory(part.inputs), memory(part.outputs));
  }

  // Parts of one worker run in the plan's order, so only those of others must be waited for.
  std::vector<Step> steps(size_t processor) {
    std::vector<Step> own;
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (plan().parts[i].processor != processor) continue;
      Step step{i, &parts_[i], {}};
      for (const size_t before : comes_before(i))
        if (plan().parts[before].processor != processor) step.waits.push_back(&parts_[before].done);
      own.push_back(std::move(step));
    }
    return own;
  }

  std::vector<size_t> comes_before(size_t part) const {
    if (order_ == Order::parallel) return plan().parts[part].after;
    return part == 0 ? std::vector<size_t>{} : std::vector<size_t>{part - 1};
  }

  void start(int only, double begin_us, size_t workers) {
    state_.only = only;
    state_.begin_us = begin_us;
    state_.failed.store(RunState::kNone, std::memory_order_relaxed);
    state_.working.store(static_cast<uint32_t>(workers), std::memory_order_relaxed);
    ++state_.number;
  }

  // Sleeps at once: the core the caller would spin on may be a worker's.
  void finish() {
    state_.finished.wait_for(state_.number, 0);
    latency_us_ = now_us() - state_.begin_us;
    const int failed = state_.failed.load(std::memory_order_relaxed);
    if (failed != RunState::kNone) rethrow(plan().parts[static_cast<size_t>(failed)]);
  }

  [[noreturn]] void rethrow(const PlanPart& part) {
    const std::exception_ptr failure = std::exchange(state_.failure, nullptr);
    const std::string where =
        fmt::format("{} on {}", part.name, plan().processors[part.processor].name);
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      const Message& why = error.message();
      throw EngineError(
          {why.where.empty() ? why.what : why.where + ": " + why.what, where, why.fix});
    } catch (const std::exception& error) {
      throw EngineError({.what = error.what(), .where = where});
    } catch (...) {
      throw EngineError(
          {.what = "the engine threw something that is no exception", .where = where});
    }
  }

  std::shared_ptr<const CompiledPlan> compiled_;
  Order order_;
  std::vector<AlignedBytes> buffers_;
  std::vector<PartState> parts_;
  RunState state_;
  double latency_us_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;  // last: they use all of the above until joined
};

Session::Session(std::shared_ptr<const CompiledPlan> plan, Order order)
    : impl_(std::make_unique<Impl>(std::move(plan), order)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const CompiledPlan& Session::compiled() const { return impl_->compiled(); }
Order Session::order() const { return impl_->order(); }
std::span<std::byte> Session::input(size_t index) { return impl_->buffer(plan().inputs.at(index)); }
std::span<const std::byte> Session::output(size_t index) const {
  return impl_->buffer(plan().outputs.at(index));
}

void Session::run() { impl_->run(now_us()); }

void Session::run(std::span<const std::byte> in, std::span<std::byte> out) {
  const double entered_us = now_us();
  if (plan().inputs.size() != 1 || plan().outputs.size() != 1)
    throw ShapeError({.what = fmt::format("the network has {} inputs and {} outputs, not one each",
                                          plan().inputs.size(), plan().outputs.size()),
                      .where = plan().network});
  const auto check = [&](const char* what, size_t given, size_t wanted) {
    if (given != wanted)
      throw ShapeError(
          {.what = fmt::format("the {} has {} bytes, the network's has {}", what, given, wanted),
           .where = plan().network});
  };
  check("input", in.size(), input().size());
  check("output", out.size(), output().size());
  std::copy(in.begin(), in.end(), input().begin());
  impl_->run(entered_us);
  std::copy(output().begin(), output().end(), out.begin());
  impl_->set_latency(now_us() - entered_us);
}

double Session::run_part_alone(size_t part) { return impl_->run_alone(part); }
Timeline Session::timeline() const { return impl_->timeline(); }

}  // namespace nnstretch::runtime
