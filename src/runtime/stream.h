// Throughput: several inferences in flight on the same workers, so that a processor that would wait
// for another works on the next input meanwhile.
//     Stream stream(compile(plan), 4, [&](const Answer& answer) { use(answer.output()); });
//     for (const auto& image : images) stream.submit(image);   // waits while 4 are in flight
//     stream.wait_all();
// Answers come in the order of submission and are, bit for bit, those of a Session.
#pragma once
#include <cstdint>
#include <functional>

#include "runtime/crew.h"

namespace nnstretch::runtime {

// What became of one request; valid during the call it is given to.
class Answer {
 public:
  Answer(const Crew& crew, size_t lane, uint64_t number)
      : crew_(crew), lane_(lane), number_(number) {}

  const plan::Plan& plan() const { return crew_.plan(); }
  uint64_t number() const { return number_; }  // of the request: 0, 1, 2, ...
  // Throws what Session::run() would have thrown.
  std::span<const std::byte> output(size_t index = 0) const;
  // Whose worker ran a part: an index in Plan::processors.
  size_t processor(size_t part) const { return crew_.processor(lane_, part); }
  // From submit() until the caller had control again.
  Timeline timeline() const { return crew_.timeline(lane_); }

 private:
  const Crew& crew_;
  size_t lane_;
  uint64_t number_;
};
using OnAnswer = std::function<void(const Answer&)>;

// One caller at a time; several streams may run at once.
class Stream {
 public:
  // `on_answer` is called by submit() and wait_all(), on their thread, and must not call them. What
  // it throws comes out of them, and that answer was given. Throws as Session does; UsageError
  // unless 1 <= in_flight <= 1024.
  Stream(std::shared_ptr<const CompiledPlan> plan, size_t in_flight, OnAnswer on_answer);
  // Ends what is in flight without answers.
  ~Stream() = default;

  const CompiledPlan& compiled() const { return crew_.compiled(); }
  const plan::Plan& plan() const { return crew_.plan(); }

  // Copies the inputs, begins, and hands out the answers that are there; waits for the oldest only
  // if all requests are in flight. ShapeError for another number or size of inputs; then nothing
  // has begun. Whatever else it throws is `on_answer`'s, and this request has begun all the same:
  // it will be answered. Allocates nothing but what engines do, takes no lock.
  void submit(std::span<const std::span<const std::byte>> inputs);
  void submit(std::span<const std::byte> input) { submit({&input, 1}); }
  // Until every request has its answer. After what `on_answer` threw, call it again.
  void wait_all();

 private:
  size_t lane_of(uint64_t request) const { return request % crew_.size(); }
  void answer_oldest();

  Crew crew_;
  OnAnswer on_answer_;
  uint64_t submitted_ = 0, answered_ = 0;
};

}  // namespace nnstretch::runtime
