// What every call of the public interface goes through: it refuses an object that was moved from,
// and lets nothing out but nnstretch::Errors.
#pragma once
#include <atomic>
#include <memory>
#include <string_view>

#include "api/stack.h"

namespace nnstretch::api {

// In a catch clause: an Error goes on as it is, whatever else was thrown becomes one.
[[noreturn]] void rethrow_as_error();

// The first call of all takes the log from stderr: it is the user's. Unless log_to() gives it to
// somebody, nobody has it.
void be_silent();

// The value of `work`.
template <class Work>
decltype(auto) translated(const Work& work) {
  try {
    be_silent();
    return work();
  } catch (...) {
    rethrow_as_error();
  }
}

// The same for what reads, builds or compiles: libraries call deeply there, so it has a large
// stack.
template <class Work>
auto made(const Work& work) {
  return translated([&] { return with_room(work); });
}

[[noreturn]] void refuse_moved_from(std::string_view what);

// What stands behind an object. UsageError if it was moved from; `what` is its class.
template <class Pointer>
auto& behind(const Pointer& impl, std::string_view what) {
  if (!impl) refuse_moved_from(what);
  return *impl;
}

// Where an object was made. The threads of its engines and workers are in that process only: in one
// that was forked from it a call would wait for them for ever, and so would a destructor.
class Birthplace {
 public:
  Birthplace();
  bool is_here() const { return forks_ == forks_so_far.load(std::memory_order_relaxed); }
  // UsageError in another process.
  void check(std::string_view what) const;

 private:
  static std::atomic<unsigned> forks_so_far;  // between the first process and this one
  unsigned forks_;
};

}  // namespace nnstretch::api
