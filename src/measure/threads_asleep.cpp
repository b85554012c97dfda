#include "measure/threads_asleep.h"

#include <chrono>
#include <thread>
#include <utility>

#include "measure/signs.h"

namespace nnstretch::measure {

void let_threads_sleep() {
  constexpr std::chrono::milliseconds kLook(2);
  constexpr int kMostLooks = 50;
  constexpr double kAsleepS = 0.0005;  // who looks runs, too
  auto before = thread_times();
  for (int i = 0; i < kMostLooks; ++i) {
    std::this_thread::sleep_for(kLook);
    auto after = thread_times();
    if (between(before, after).ran < kAsleepS) return;
    before = std::move(after);
  }
}

}  // namespace nnstretch::measure
