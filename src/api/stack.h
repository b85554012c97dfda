// Threads of callers may have small stacks: what needs more runs on a thread of its own meanwhile.
#pragma once
#include <functional>
#include <optional>

namespace nnstretch::api {

// Of the calling thread, in bytes, now. Very much where it cannot be told: on a stack that is not
// the thread's own, such as a coroutine's.
size_t stack_left();

// Calls it on a thread with a large stack, and waits. What it throws is thrown here.
void on_large_stack(const std::function<void()>& work);

// The value of `work`, which reads, builds or compiles: libraries call deeply there.
template <class Work>
auto with_room(const Work& work) {
  constexpr size_t kEnough = 4 << 20;
  if (stack_left() >= kEnough) return work();
  std::optional<decltype(work())> value;
  on_large_stack([&] { value.emplace(work()); });
  return *std::move(value);
}

// UsageError unless enough of it is left for parts that run on the calling thread.
void check_stack();

}  // namespace nnstretch::api
