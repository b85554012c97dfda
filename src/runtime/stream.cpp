#include "runtime/stream.h"

#include <fmt/format.h>

#include <cstring>
#include <exception>

#include "base/error.h"

namespace nnstretch::runtime {
namespace {

std::vector<Memory> own_memory(size_t in_flight) {
  if (in_flight < 1 || in_flight > 1024)
    throw UsageError({.what = fmt::format("{} requests in flight", in_flight),
                      .fix = "choose 1 to 1024; twice the number of processors is often enough"});
  return std::vector<Memory>(in_flight);
}

}  // namespace

std::span<const std::byte> Answer::output(size_t index) const {
  crew_.check(lane_);
  return crew_.output(lane_, index);
}

Stream::Stream(std::shared_ptr<const CompiledPlan> plan, size_t in_flight, OnAnswer on_answer)
    : crew_(std::move(plan), Order::parallel, Caller::sleeps, own_memory(in_flight)),
      on_answer_(std::move(on_answer)) {}

void Stream::submit(std::span<const std::span<const std::byte>> inputs) {
  const double entered_us = now_us();
  if (inputs.size() != plan().inputs.size())
    throw ShapeError({.what = fmt::format("{} inputs were given, the network has {}", inputs.size(),
                                          plan().inputs.size()),
                      .where = plan().network});
  const size_t lane = lane_of(submitted_);
  for (size_t i = 0; i < inputs.size(); ++i)
    check_size("input", inputs[i].size(), crew_.input(lane, i).size(), plan());
  // What the caller throws about an older request must not cost him this one.
  std::exception_ptr thrown;
  if (submitted_ - answered_ == crew_.size()) try {
      answer_oldest();
    } catch (...) {
      thrown = std::current_exception();
    }
  for (size_t i = 0; i < inputs.size(); ++i)
    std::memmove(crew_.input(lane, i).data(), inputs[i].data(), inputs[i].size());
  crew_.start(lane, entered_us);
  ++submitted_;
  if (thrown) std::rethrow_exception(thrown);
  while (answered_ < submitted_ && crew_.ended(lane_of(answered_))) answer_oldest();
}

void Stream::wait_all() {
  while (answered_ < submitted_) answer_oldest();
}

void Stream::answer_oldest() {
  const uint64_t request = answered_++;
  crew_.finish(lane_of(request));
  on_answer_({crew_, lane_of(request), request});
}

}  // namespace nnstretch::runtime
