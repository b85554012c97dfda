#include "runtime/session.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"

namespace nnstretch::runtime {

Session::Session(std::shared_ptr<const CompiledPlan> plan, Order order, const Memory& memory)
    : crew_(std::make_unique<Crew>(std::move(plan), order, Caller::works, std::vector{memory})) {}

void Session::run() { run(now_us()); }

void Session::run(double entered_us) {
  crew_->start(0, entered_us);
  crew_->finish(0);
  crew_->check(0);
}

void Session::run(std::span<const std::byte> in, std::span<std::byte> out) {
  const double entered_us = now_us();
  if (plan().inputs.size() != 1 || plan().outputs.size() != 1)
    throw ShapeError({.what = fmt::format("the network has {} inputs and {} outputs, not one each",
                                          plan().inputs.size(), plan().outputs.size()),
                      .where = plan().network});
  check_size("input", in.size(), input().size(), plan());
  check_size("output", out.size(), output().size(), plan());
  // What is given may lie where the network's own tensors are.
  std::memmove(input().data(), in.data(), in.size());
  run(entered_us);
  std::memmove(out.data(), output().data(), out.size());
  crew_->set_latency(0, now_us() - entered_us);
}

double Session::run_part_alone(size_t part) {
  crew_->start_alone(0, part);
  crew_->finish(0);
  crew_->check(0);
  return crew_->timeline(0).parts[part].run();
}

}  // namespace nnstretch::runtime
