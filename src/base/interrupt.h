// Ctrl-C in the middle of long work: what is left of it is said, then the process ends by the
// signal, as shells and scripts expect (exit code 130 there).
//     const OnInterrupt say("data/result.csv has what is done; the same command goes on");
#pragma once
#include <csignal>
#include <string>

namespace nnstretch {

// While it lives; one at a time. A line that is drawn is cleared before. Where the signal is
// ignored, as for what runs in the background, it stays so.
class OnInterrupt {
 public:
  explicit OnInterrupt(const std::string& message);
  ~OnInterrupt();
  OnInterrupt(const OnInterrupt&) = delete;
  OnInterrupt& operator=(const OnInterrupt&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace nnstretch
