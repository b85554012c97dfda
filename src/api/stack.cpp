#include "api/stack.h"

#include <fmt/format.h>
#include <pthread.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <system_error>

#include "base/error.h"

namespace nnstretch::api {
namespace {

constexpr size_t kLarge = 16 << 20, kOfARun = 128 << 10;

struct Stack {
  uintptr_t begin = 0, end = 0;
};

Stack of_this_thread() {
  Stack stack;
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes)) return stack;
  void* begin = nullptr;
  size_t size = 0;
  if (::pthread_attr_getstack(&attributes, &begin, &size) == 0)
    stack = {reinterpret_cast<uintptr_t>(begin), reinterpret_cast<uintptr_t>(begin) + size};
  ::pthread_attr_destroy(&attributes);
  return stack;
}

struct Job {
  const std::function<void()>& work;
  std::exception_ptr thrown = nullptr;
};

void* do_job(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  try {
    job.work();
  } catch (...) {
    job.thrown = std::current_exception();
  }
  return nullptr;
}

}  // namespace

size_t stack_left() {
  thread_local const Stack stack = of_this_thread();  // asking takes long
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (here < stack.begin || here >= stack.end) return std::numeric_limits<size_t>::max();
  return here - stack.begin;
}

void on_large_stack(const std::function<void()>& work) {
  Job job{work};
  pthread_t thread;
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kLarge);
  const int error = ::pthread_create(&thread, &attributes, do_job, &job);
  ::pthread_attr_destroy(&attributes);
  if (error) throw std::system_error(error, std::generic_category());
  ::pthread_join(thread, nullptr);
  if (job.thrown) std::rethrow_exception(job.thrown);
}

void check_stack() {
  if (const size_t left = stack_left(); left < kOfARun)
    throw UsageError({.what = fmt::format("this thread has {} kB of stack left, a run needs {} kB",
                                          left >> 10, kOfARun >> 10),
                      .fix = "give the thread a larger stack"});
}

}  // namespace nnstretch::api
