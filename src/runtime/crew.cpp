#include "runtime/crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "plan/alike.h"

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

size_t buffer_of(const char* what, const std::vector<size_t>& buffers, size_t index,
                 const plan::Plan& plan) {
  if (index >= buffers.size())
    throw UsageError({.what = fmt::format("there is no {0} {1}, the network has {2} {0}{3}", what,
                                          index, buffers.size(), buffers.size() == 1 ? "" : "s"),
                      .where = plan.network,
                      .fix = "count them from 0"});
  return buffers[index];
}

}  // namespace

void check_size(const char* what, size_t given, size_t wanted, const plan::Plan& plan) {
  if (given != wanted)
    throw ShapeError(
        {.what = fmt::format("the {} has {} bytes, the network's has {}", what, given, wanted),
         .where = plan.network});
}

Crew::Crew(std::shared_ptr<const CompiledPlan> compiled, Order order, Caller caller,
           const std::vector<Memory>& memory)
    : compiled_(std::move(compiled)), order_(order) {
  const auto dealt = deal_parts(memory.size());
  for (size_t lane = 0; lane < memory.size(); ++lane)
    lanes_.emplace_back(*compiled_, dealt[lane], memory[lane]);
  for (size_t p = 0; p < plan().processors.size(); ++p) {
    bells_.emplace_back();
    seats_.emplace_back(lanes_.size());
  }
  for (size_t lane = 0; lane < lanes_.size(); ++lane) take_seats(lane);
  const Patience patience = patience_of(plan().processors);
  const size_t taken = callers_processor();
  for (size_t p = 0; p < plan().processors.size(); ++p) {
    const bool callers = caller == Caller::works && p == taken;
    workers_.push_back(std::make_unique<Worker>(plan().processors[p], seats_[p], bells_[p],
                                                patience, callers ? Thread::callers : Thread::own));
    if (callers) caller_ = workers_.back().get();
  }
}

Crew::~Crew() {
  for (Lane& lane : lanes_) lane.cancel();
  for (size_t lane = 0; lane < lanes_.size(); ++lane) wait_until_ended(lane);
}

// In lane 0 as the plan says; in the next lanes processors that are alike change places in turn.
// Not those of several threads: engines bind theirs to the cores of whom they compiled the part
// for.
std::vector<std::vector<size_t>> Crew::deal_parts(size_t lanes) const {
  const auto groups =
      plan::alike(plan().processors, lanes > 1 ? compiled_->here().topology : Topology());
  std::vector<std::vector<size_t>> dealt(lanes);
  for (size_t lane = 0; lane < lanes; ++lane)
    for (const plan::PlanPart& part : plan().parts) {
      if (plan().processors[part.processor].threads > 1 && !plan().own_copies) {
        dealt[lane].push_back(part.processor);
        continue;
      }
      const std::vector<size_t>& group = groups[part.processor];
      const auto own = std::find(group.begin(), group.end(), part.processor) - group.begin();
      dealt[lane].push_back(group[(static_cast<size_t>(own) + lane) % group.size()]);
    }
  return dealt;
}

// Parts of one worker run in the plan's order, so only those of others must be waited for.
void Crew::take_seats(size_t index) {
  Lane& lane = lanes_[index];
  std::vector<std::vector<Bell*>> wakes(lane.parts.size());
  for (size_t i = lane.parts.size(); i-- > 0;) {  // readers first: they say whom to wake
    const size_t processor = lane.parts[i].processor;
    Step step{i, &lane.parts[i], {}, wakes[i]};
    for (const size_t before : comes_before(i)) {
      if (lane.parts[before].processor == processor) continue;
      step.waits.push_back(&lane.parts[before].done);
      std::vector<Bell*>& bells = wakes[before];
      if (std::find(bells.begin(), bells.end(), &bells_[processor]) == bells.end())
        bells.push_back(&bells_[processor]);
    }
    Seat& seat = seats_[processor][index];
    seat.lane = &lane;
    seat.steps.insert(seat.steps.begin(), std::move(step));
  }
}

std::vector<size_t> Crew::comes_before(size_t part) const {
  if (order_ == Order::parallel) return plan().parts[part].after;
  return part == 0 ? std::vector<size_t>{} : std::vector<size_t>{part - 1};
}

// Of the last part, so that nobody must wake the caller at the end; but an unbound caller might
// stand on the core of a worker.
size_t Crew::callers_processor() const {
  const auto& parts = plan().parts;
  const auto bound = std::find_if(parts.rbegin(), parts.rend(), [&](const plan::PlanPart& part) {
    return !plan().processors[part.processor].cores.empty();
  });
  return bound == parts.rend() ? parts.back().processor : bound->processor;
}

std::span<std::byte> Crew::input(size_t lane, size_t index) {
  return lanes_.at(lane).buffer(buffer_of("input", plan().inputs, index, plan()));
}
std::span<const std::byte> Crew::output(size_t lane, size_t index) const {
  return lanes_.at(lane).buffer(buffer_of("output", plan().outputs, index, plan()));
}

void Crew::start(size_t lane, double entered_us) {
  const auto takes_part = [&](const auto& seats) { return !seats[lane].steps.empty(); };
  const auto workers = std::count_if(seats_.begin(), seats_.end(), takes_part);
  lanes_[lane].begin(++number_, entered_us, static_cast<size_t>(workers), /*alone=*/false);
  for (size_t p = 0; p < workers_.size(); ++p)
    if (takes_part(seats_[p])) workers_[p]->call(lane, 0, seats_[p][lane].steps.size());
}

void Crew::start_alone(size_t lane, size_t part) {
  if (part >= plan().parts.size())
    throw EngineError({.what = fmt::format("the plan has no part {}", part)});
  const size_t processor = this->processor(lane, part);
  const std::vector<Step>& steps = seats_[processor][lane].steps;
  const auto is_it = [&](const Step& step) { return step.index == part; };
  const auto at =
      static_cast<size_t>(std::find_if(steps.begin(), steps.end(), is_it) - steps.begin());
  for (PartState& other : lanes_[lane].parts) other.timing = {};
  lanes_[lane].begin(++number_, now_us(), 1, /*alone=*/true);
  workers_[processor]->call(lane, at, at + 1);
}

void Crew::finish(size_t lane) {
  wait_until_ended(lane);
  lanes_[lane].latency_us = now_us() - lanes_[lane].begin_us;
}

void Crew::wait_until_ended(size_t lane) {
  if (caller_)
    caller_->work_until_ended(lane);
  else
    lanes_[lane].wait_until_ended(0);
}

Timeline Crew::timeline(size_t lane) const {
  Timeline line{lanes_[lane].begin_us, lanes_[lane].latency_us, {}};
  for (const PartState& part : lanes_[lane].parts) line.parts.push_back(part.timing);
  return line;
}

}  // namespace nnstretch::runtime
