// Children of this process and the group that ends with it; base/process.h is what others use.
#pragma once
#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/pipe.h"

namespace nnstretch {

inline constexpr int kNothing = -1;  // as a standard stream: /dev/null

struct ProcessStart {
  std::string program;  // looked for in $PATH if it has no '/'
  std::vector<std::string> words;
  std::array<int, 3> streams;  // its standard streams: descriptors of this process, or kNothing
  pid_t group = 0;             // 0: a new one, with the child's own number
  bool deaf = false;           // to all signals that can be blocked
};

// IoError naming the program.
pid_t spawn_process(ProcessStart start);

// The wait status of a child, once it has ended; nothing if the system kept it from us.
std::optional<int> reap_process(pid_t child);

// A process group, led by a watcher that waits for the end of a pipe that only this process holds:
// when this process is gone, however it went, the watcher kills its group. (PR_SET_PDEATHSIG would
// reach the child alone, and not what the child started; and it follows the thread that started the
// child.) While the watcher is not reaped, no other group can get the number.
class ProcessGroup {
 public:
  ProcessGroup();
  ~ProcessGroup() { end(); }
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  pid_t number() const { return watcher_; }
  void signal(int signal) const;
  void end();  // kills all that is in it

 private:
  Descriptor life_;
  pid_t watcher_ = 0;
};

}  // namespace nnstretch
