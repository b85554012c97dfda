// Libraries that print where only results belong.
#pragma once
#include <mutex>

namespace nnstretch {

// While one lives, what anybody in this process writes to standard output goes to standard error.
// Put it around calls that load and compile, never around results. Several threads wait for each
// other; one thread may have only one.
class StdoutGuard {
 public:
  StdoutGuard();
  ~StdoutGuard();
  StdoutGuard(const StdoutGuard&) = delete;
  StdoutGuard& operator=(const StdoutGuard&) = delete;

  // What they wait for. A library with a copy of this class of its own is given the program's.
  static std::mutex& only_one();
  static void wait_for(std::mutex& only_one);

 private:
  std::unique_lock<std::mutex> lock_;
  int kept_ = -1;  // the real standard output
};

}  // namespace nnstretch
