// What a spare network is worth: a session's latency while somebody else uses the core of one
// processor, with and without SessionOptions::spare.
//     spare MODEL [RUNS]
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/threads.h"
#include "nnstretch/nnstretch.h"

using namespace nnstretch;

namespace {

// Threads of others that never sleep, on one core.
class Others {
 public:
  Others(int count, int core) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([this, core] {
        pin_this_thread(std::vector{core});
        while (!done_) {}
      });
  }
  ~Others() {
    done_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> done_ = false;
  std::vector<std::thread> threads_;
};

double median_us(Session& session, int runs) {
  std::vector<double> us;
  for (int i = 0; i < runs; ++i) {
    session.run();
    us.push_back(session.timeline().latency_us);
  }
  std::nth_element(us.begin(), us.begin() + runs / 2, us.end());
  return us[static_cast<size_t>(runs) / 2];
}

void run(const std::string& file, int runs) {
  const auto model = Model::read(file);
  const Network parts(model), lean(model, {.without = {"core1"}});
  Session alone(parts), with_spare(parts, {.spare = &lean});
  const int core = allowed_cores().at(1);
  fmt::print("| {} | p50 us | with a spare |\n|---|---|---|\n", model.name());
  const auto row = [&](const char* who) {
    fmt::print("| {} | {:.0f} | {:.0f} |\n", who, median_us(alone, runs),
               median_us(with_spare, runs));
  };
  row("nobody else");
  for (const int count : {1, 3}) {
    const Others others(count, core);
    row(fmt::format("{} busy on core1", count).c_str());
  }
  row("nobody else again");
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) return fmt::print(stderr, "spare MODEL [RUNS]\n"), 2;
  run(arguments[1], count > 2 ? std::stoi(arguments[2]) : 300);
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
