// Many inputs, as many a second as the machine gives: several requests are in flight, and a
// processor that would wait for another works on the next one.
//     nnstretch::Stream stream(network, 4, [&](const nnstretch::Answer& answer) {
//       use(answer.number(), answer.output());
//     });
//     for (const auto& image : images) stream.submit(image);
//     stream.wait_all();
// Answers are those of a Session, bit for bit, and come in the order of submission. A stream has
// one caller at a time, as a Session has, and throws as it does.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "nnstretch/network.h"
#include "nnstretch/timeline.h"

namespace nnstretch {

namespace runtime {
class Answer;  // of nnstretch itself
}

// What became of a request; valid during the call it is given to.
class Answer {
 public:
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  uint64_t number() const;  // of the request: 0, 1, 2, ...
  // Throws what Session::run() would have thrown; UsageError for an index that the network has not.
  std::span<const std::byte> output(size_t index = 0) const;
  Timeline timeline() const;

 private:
  friend class Stream;
  explicit Answer(const runtime::Answer& answer) : answer_(answer) {}
  const runtime::Answer& answer_;
};

class Stream {
 public:
  using OnAnswer = std::function<void(const Answer&)>;
  // `on_answer` is called inside submit() and wait_all(), on their thread. It must not call them, a
  // UsageError, nor end the stream, which ends the program. What it throws, such as the error of a
  // request that failed, comes out of them as it is, be it an Error or not; that request has
  // had its answer, and the stream stays usable. Twice as many requests in flight as processors are
  // often enough, a multiple of them is best; each has buffers of its own. Throws as Session does;
  // UsageError unless 1 <= in_flight <= 1024, and without a function.
  Stream(const Network& network, size_t in_flight, OnAnswer on_answer);
  // Requests without an answer are dropped. Waits while another thread is inside the stream.
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  // Copies the inputs and begins; waits for the oldest request if all are in flight. ShapeError for
  // another number or size of inputs, UsageError for a call that must not be: then nothing has
  // begun. Whatever else comes out is `on_answer`'s, about an older request or this one: this one
  // has begun, and is answered like every other; do not submit it again.
  void submit(std::span<const std::byte> input);
  void submit(std::span<const std::span<const std::byte>> inputs);
  // Until every request has its answer. After what `on_answer` threw, call it again for the rest.
  void wait_all();

 private:
  class Impl;
  Impl& impl() const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nnstretch
