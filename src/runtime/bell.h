// A bell that some threads ring and one waits for, without locks: it spins a while, then sleeps.
//     for (;;) {
//       const uint32_t heard = bell.count();   // first, so that no ring is missed
//       if (there_is_work()) ...; else bell.wait(heard, spin_us);
//     }
// It sleeps on the futex itself: std::atomic::wait yields its core a few times first, and on a
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

// What was written before ring() is seen after the wait. Alone on its cache line.
class alignas(64) Bell {
 public:
  uint32_t count() const { return count_.load(std::memory_order_acquire); }
  void ring() {
    // In one order with the sleepers' own: either the sleeper is seen here or it sees the ring.
    count_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) != 0) futex(FUTEX_WAKE_PRIVATE, INT_MAX);
  }
  // Until the count is another than `heard`.
  void wait(uint32_t heard, double spin_us) {
    if (spin(heard, spin_us)) return;
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    while (count_.load(std::memory_order_seq_cst) == heard)
      futex(FUTEX_WAIT_PRIVATE, heard);  // returns at once if it has changed
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
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
    ::syscall(SYS_futex, &count_, operation, argument, nullptr, nullptr, 0);
  }

  bool spin(uint32_t heard, double spin_us) const {
    if (count() != heard) return true;
    for (const double until = now_us() + spin_us; now_us() < until;)
      for (int i = 0; i < 32; ++i) {
        pause();
        if (count() != heard) return true;
      }
    return false;
  }

  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  std::atomic<uint32_t> count_ = 0, sleepers_ = 0;
};

}  // namespace nnstretch::runtime
