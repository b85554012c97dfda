#include "nnstretch/stream.h"

#include "api/impl.h"
#include "runtime/stream.h"

namespace nnstretch {
namespace {

const runtime::Answer& real(const void* answer) {
  return *static_cast<const runtime::Answer*>(answer);
}

}  // namespace

uint64_t Answer::number() const { return real(answer_).number(); }
std::span<const std::byte> Answer::output(size_t index) const {
  return real(answer_).output(index);
}
Timeline Answer::timeline() const {
  const runtime::Answer& answer = real(answer_);
  return api::describe(answer.plan(), answer.timeline(),
                       [&](size_t part) { return answer.processor(part); });
}

class Stream::Impl {
 public:
  Impl(std::shared_ptr<const runtime::CompiledPlan> plan, size_t in_flight, OnAnswer on_answer)
      : stream(std::move(plan), in_flight,
               [given = std::move(on_answer)](const runtime::Answer& answer) {
                 given(Answer(&answer));
               }) {}
  runtime::Stream stream;
};

Stream::Stream(const Network& network, size_t in_flight, OnAnswer on_answer)
    : impl_(std::make_unique<Impl>(network.impl_->plan, in_flight, std::move(on_answer))) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

void Stream::submit(std::span<const std::byte> input) { impl_->stream.submit(input); }
void Stream::submit(std::span<const std::span<const std::byte>> inputs) {
  impl_->stream.submit(inputs);
}
void Stream::wait_all() { impl_->stream.wait_all(); }

}  // namespace nnstretch
