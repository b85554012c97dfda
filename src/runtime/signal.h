// A number that one thread sets and others wait for, without locks: they spin a while, then sleep.
//
// They sleep on the futex itself: std::atomic::wait yields its core a few times first, and on a
// busy computer each yield lets everybody else run once (15 ms a hand-over at 15 tasks on 2 cores).
#pragma once
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>

#include "base/clock.h"

namespace nnstretch::runtime {

// What was written before publish() is seen after the wait. Alone on its cache line.
class alignas(64) Signal {
 public:
  void publish(uint32_t value) {
    // In one order with the sleepers' own: either the sleeper is seen here or it sees the value.
    value_.store(value, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) != 0) futex(FUTEX_WAKE_PRIVATE, INT_MAX);
  }
  void wait_for(uint32_t wanted, double spin_us) {
    wait_while([wanted](uint32_t value) { return value != wanted; }, spin_us);
  }
  // Returns the new value.
  uint32_t wait_for_change(uint32_t old, double spin_us) {
    return wait_while([old](uint32_t value) { return value == old; }, spin_us);
  }

 private:
  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
  }

  void futex(int operation, uint32_t argument) {
    ::syscall(SYS_futex, &value_, operation, argument, nullptr, nullptr, 0);
  }

  template <class KeepWaiting>
  uint32_t wait_while(KeepWaiting keep_waiting, double spin_us) {
    uint32_t value = value_.load(std::memory_order_acquire);
    if (!keep_waiting(value)) return value;
    for (const double until = now_us() + spin_us; now_us() < until;)
      for (int i = 0; i < 32; ++i) {
        pause();
        value = value_.load(std::memory_order_acquire);
        if (!keep_waiting(value)) return value;
      }
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    while (keep_waiting(value = value_.load(std::memory_order_seq_cst)))
      futex(FUTEX_WAIT_PRIVATE, value);  // returns at once if it has changed
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    return value;
  }

  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  std::atomic<uint32_t> value_ = 0, sleepers_ = 0;
};

}  // namespace nnstretch::runtime
