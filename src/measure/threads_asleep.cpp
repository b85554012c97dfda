#include "measure/threads_asleep.h"

#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "measure/signs.h"

namespace nnstretch::measure {

void let_threads_sleep() {
  constexpr std::chrono::milliseconds kLook(2);
  constexpr int kMostLooks = 50;
  constexpr double kAsleepS = 0.0005;
  const auto others = [] {
    auto times = thread_times();
    times.erase(::gettid());
    return times;
  };
  auto before = others();
  for (int i = 0; i < kMostLooks; ++i) {
    std::this_thread::sleep_for(kLook);
    auto after = others();
    if (between(before, after).ran < kAsleepS) return;
    before = std::move(after);
  }
}

}  // namespace nnstretch::measure
