#include "nnstretch/stream.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <utility>

#include "api/caller.h"
#include "api/impl.h"
#include "base/error.h"
#include "runtime/stream.h"

namespace nnstretch {
namespace {

Stream::OnAnswer checked(Stream::OnAnswer on_answer) {
  if (!on_answer)
    throw UsageError({.what = "a stream needs a function that takes its answers",
                      .fix = "give one, be it empty: [](const nnstretch::Answer&) {}"});
  return on_answer;
}

}  // namespace

uint64_t Answer::number() const { return answer_.number(); }
std::span<const std::byte> Answer::output(size_t index) const {
  return api::translated([&] { return answer_.output(index); });
}
Timeline Answer::timeline() const {
  return api::translated([&] {
    return api::describe(answer_.plan(), answer_.timeline(),
                         [&](size_t part) { return answer_.processor(part); });
  });
}

class Stream::Impl {
 public:
  Impl(std::shared_ptr<const runtime::CompiledPlan> plan, size_t in_flight, OnAnswer on_answer)
      : on_answer_(checked(std::move(on_answer))),
        stream_(std::make_unique<runtime::Stream>(
            std::move(plan), in_flight,
            [this](const runtime::Answer& answer) { hand_out(Answer(answer)); })) {}

  ~Impl() {
    if (!caller_.is_here()) {
      static_cast<void>(stream_.release());  // the threads to be joined are not here
      return;
    }
    if (caller_.is_this_thread()) {
      std::fputs("nnstretch: a stream was ended by its own function\n", stderr);
      std::terminate();
    }
    while (caller_.is_inside()) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }

  // With the calling thread inside. What the user's function throws comes out as it is.
  void call(const auto& work) {
    std::exception_ptr theirs;
    api::translated([&] {
      const api::Caller::Call call(caller_, "stream");
      try {
        work(*stream_);
      } catch (...) {
        theirs = std::exchange(thrown_, nullptr);
        if (!theirs) throw;
      }
    });
    if (theirs) std::rethrow_exception(theirs);
  }

 private:
  void hand_out(const Answer& answer) {
    try {
      on_answer_(answer);
    } catch (...) {
      thrown_ = std::current_exception();
      throw;
    }
  }

  OnAnswer on_answer_;
  std::exception_ptr thrown_;  // by it, in the present call
  api::Caller caller_;
  std::unique_ptr<runtime::Stream> stream_;
};

Stream::Stream(const Network& network, size_t in_flight, OnAnswer on_answer)
    : impl_(api::made([&] {
        return std::make_unique<Impl>(network.impl().here(), in_flight, std::move(on_answer));
      })) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

Stream::Impl& Stream::impl() const { return api::behind(impl_, "stream"); }

void Stream::submit(std::span<const std::byte> input) { submit({&input, 1}); }
void Stream::submit(std::span<const std::span<const std::byte>> inputs) {
  impl().call([&](auto& stream) {
    api::check_address("list of inputs", std::as_bytes(inputs));
    for (const std::span<const std::byte> input : inputs) api::check_address("input", input);
    stream.submit(inputs);
  });
}
void Stream::wait_all() {
  impl().call([](auto& stream) { stream.wait_all(); });
}

}  // namespace nnstretch
