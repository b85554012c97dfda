// A loop over independent steps on several threads.
#pragma once
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace nnstretch::data {

// Calls step(0) to step(count - 1), each once. After an exception no new step begins; the one of
// the lowest step that failed is thrown when all threads are done.
template <class Step>
void parallel_for(size_t count, int threads, Step step) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  size_t failed = count;
  const auto work = [&] {
    for (size_t i; (i = next++) < count;) try {
        step(i);
      } catch (...) {
        next = count;
        const std::lock_guard lock(mutex);
        if (i < failed) {
          failed = i;
          failure = std::current_exception();
        }
      }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nnstretch::data
