#include "measure/quiet.h"

#include <chrono>
#include <thread>

#include "measure/doubts.h"

namespace nnstretch::measure {
namespace {

// So many ticks that 2 % of them can be told from none.
constexpr double kLookS = 1;

void sleep_for(const Passing& passing, double seconds) {
  if (passing.sleep)
    passing.sleep(seconds);
  else
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

Waited wait_until_free(const std::vector<int>& cores, double most_s, const Passing& passing) {
  Waited waited;
  Counters before = passing.now();
  do {
    sleep_for(passing, kLookS);
    Counters after = passing.now();
    waited.seconds += after.at_s - before.at_s;
    waited.free = doubts_of(signs_between(before, after, cores)).empty();
    before = std::move(after);
  } while (!waited.free && waited.seconds < most_s);
  return waited;
}

}  // namespace nnstretch::measure
