// Which cores there are, and binding a thread to some of them.
#pragma once
#include <sched.h>

#include <span>
#include <vector>

namespace nnstretch {

// Cores this process may use now, ascending (its affinity mask, not the machine's list).
std::vector<int> allowed_cores();
// Binds the calling thread. False if the system refuses (a core that is not there).
bool pin_this_thread(std::span<const int> cores);

// Binds the calling thread for a scope and gives it back its old cores at the end: those that were
// online when it began. With no cores, or those it is bound to anyway, it does nothing. Allocates
// nothing. Engines must compile with the whole machine visible: OpenVINO remembers the cores it
// saw.
class Pinned {
 public:
  explicit Pinned(std::span<const int> cores);
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned();

  bool done() const { return done_; }  // false if the system refused; then nothing has changed

 private:
  cpu_set_t before_;
  bool done_ = true, changed_ = false;
};

}  // namespace nnstretch
