#include "runtime/lane.h"

#include <fmt/format.h>

#include <functional>

#include "base/error.h"

namespace nnstretch::runtime {
namespace {

void check_memory(std::span<const std::byte> given, const plan::PlanBuffer& wanted) {
  const auto refuse = [&](std::string what) {
    throw ShapeError({.what = std::move(what),
                      .where = wanted.value,
                      .fix = "let the session have memory of its own and copy"});
  };
  if (given.size() != wanted.type.bytes())
    refuse(fmt::format("the memory given has {} bytes, {} has {}", given.size(),
                       ir::to_string(wanted.type), wanted.type.bytes()));
  if (!given.data() && !given.empty()) refuse("the memory given is at address 0");
  if (reinterpret_cast<uintptr_t>(given.data()) % AlignedBytes::kAlignment)
    refuse(fmt::format("the memory given does not begin at a multiple of {} bytes",
                       AlignedBytes::kAlignment));
}

bool share_a_byte(std::span<const std::byte> a, std::span<const std::byte> b) {
  const std::less<const std::byte*> before;
  return before(a.data(), b.data() + b.size()) && before(b.data(), a.data() + a.size());
}

// A part would write an output while others still read or write what lies there too.
void check_apart(const plan::Plan& plan, const std::vector<std::span<std::byte>>& buffers) {
  std::vector<size_t> ends = plan.inputs;
  ends.insert(ends.end(), plan.outputs.begin(), plan.outputs.end());
  for (const size_t output : plan.outputs)
    for (const size_t other : ends)
      if (output != other && share_a_byte(buffers[output], buffers[other]))
        throw ShapeError({.what = fmt::format("the memory given shares bytes with that of {}",
                                              plan.buffers.at(other).value),
                          .where = plan.buffers.at(output).value,
                          .fix = "give each output memory of its own"});
}

// Where each buffer of the plan lies in memory of the caller; empty spans where it does not.
std::vector<std::span<std::byte>> given_buffers(const plan::Plan& plan, const Memory& given) {
  std::vector<std::span<std::byte>> buffers(plan.buffers.size());
  const auto take = [&](const char* what, const auto& memory, const std::vector<size_t>& ids) {
    if (memory.empty()) return;
    if (memory.size() != ids.size())
      throw ShapeError({.what = fmt::format("memory is given for {} {}s, the network has {}",
                                            memory.size(), what, ids.size()),
                        .where = plan.network});
    for (size_t i = 0; i < ids.size(); ++i) {
      check_memory(memory[i], plan.buffers.at(ids[i]));
      buffers[ids[i]] = memory[i];
    }
  };
  take("input", given.inputs, plan.inputs);
  take("output", given.outputs, plan.outputs);
  check_apart(plan, buffers);
  return buffers;
}

}  // namespace

Lane::Lane(const CompiledPlan& compiled, const std::vector<size_t>& processors, const Memory& given)
    : parts(compiled.plan().parts.size()), buffers_(given_buffers(compiled.plan(), given)) {
  const plan::Plan& plan = compiled.plan();
  for (size_t id = 0; id < buffers_.size(); ++id)
    if (!buffers_[id].data() && !plan.buffers[id].inside)
      buffers_[id] = own_.emplace_back(plan.buffers[id].type.bytes()).bytes();
  for (size_t id = 0; id < buffers_.size(); ++id)
    if (const auto& inside = plan.buffers[id].inside)
      buffers_[id] =
          buffers_[inside->buffer].subspan(inside->offset, plan.buffers[id].type.bytes());
  const auto memory = [&](const std::vector<size_t>& ids) {
    std::vector<engines::Buffer> bound;
    for (const size_t id : ids) bound.push_back({buffer(id).data(), buffer(id).size()});
    return bound;
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    parts[i].processor = processors[i];
    parts[i].instance = compiled.part(i, processors[i]).instantiate();
    parts[i].instance->bind(memory(plan.parts[i].inputs), memory(plan.parts[i].outputs));
  }
}

void Lane::begin(uint64_t run, double now, size_t workers, bool only_one_part) {
  number = run;
  begin_us = now;
  alone = only_one_part;
  failure_ = nullptr;
  broken_.store(kWhole, std::memory_order_relaxed);
  working_.store(static_cast<uint32_t>(workers), std::memory_order_relaxed);
}

void Lane::cancel() {
  int whole = kWhole;
  broken_.compare_exchange_strong(whole, kCancelled);
}

void Lane::fail(size_t part, std::exception_ptr why) noexcept {
  int whole = kWhole;
  if (broken_.compare_exchange_strong(whole, static_cast<int>(part))) failure_ = std::move(why);
}

void Lane::leave() {
  if (working_.fetch_sub(1, std::memory_order_acq_rel) == 1) ended_.ring();
}

void Lane::wait_until_ended(double spin_us) {
  for (;;) {
    const uint32_t heard = ended_.count();
    if (ended()) return;
    ended_.wait(heard, spin_us);
  }
}

void Lane::check(const plan::Plan& plan) const {
  const int broken = broken_.load(std::memory_order_relaxed);
  if (broken == kWhole) return;
  if (broken == kCancelled)
    throw Cancelled({.what = "the inference was cancelled", .where = plan.network});
  const auto part = static_cast<size_t>(broken);
  const std::string where =
      fmt::format("{} on {}", plan.parts[part].name, plan.processors[parts[part].processor].name);
  try {
    std::rethrow_exception(failure_);
  } catch (const Error& error) {
    const Message& why = error.message();
    throw EngineError({why.where.empty() ? why.what : why.where + ": " + why.what, where, why.fix});
  } catch (const std::exception& error) {
    throw EngineError({.what = error.what(), .where = where});
  } catch (...) {
    throw EngineError({.what = "the engine threw something that is no exception", .where = where});
  }
}

}  // namespace nnstretch::runtime
