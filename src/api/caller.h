// One caller at a time: the thread that is inside a session or stream.
//     const Caller::Call call(caller, "session");   // until the end of the scope
#pragma once
#include <atomic>
#include <cstddef>
#include <span>
#include <string_view>
#include <thread>

#include "api/call.h"

namespace nnstretch::api {

// ShapeError for bytes at address 0, which no call can read or write.
void check_address(std::string_view what, std::span<const std::byte> given);

class Caller {
 public:
  class Call {
   public:
    // UsageError if a thread is inside, be it another or this one; or in a forked process.
    Call(Caller& caller, std::string_view what);
    ~Call() { caller_.inside_.store({}, std::memory_order_release); }  // last: ~Impl may go on
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Caller& caller_;
  };

  bool is_this_thread() const {
    return inside_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  bool is_inside() const { return inside_.load(std::memory_order_acquire) != std::thread::id(); }
  bool is_here() const { return birthplace_.is_here(); }

 private:
  [[noreturn]] void refuse(std::string_view what) const;

  std::atomic<std::thread::id> inside_ = {};
  Birthplace birthplace_;
};

}  // namespace nnstretch::api
