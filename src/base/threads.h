// Which cores there are, and binding a thread to some of them.
#pragma once
#include <span>
#include <vector>

namespace nnstretch {

// Cores this process may use now, ascending (its affinity mask, not the machine's list).
std::vector<int> allowed_cores();
// Binds the calling thread. False if the system refuses (a core that is not there).
bool pin_this_thread(std::span<const int> cores);

// Binds the calling thread for a scope and gives it back its old cores at the end.
// Engines must compile with the whole machine visible: OpenVINO remembers the cores it saw.
class Pinned {
 public:
  explicit Pinned(std::span<const int> cores) : before_(allowed_cores()) { pin_this_thread(cores); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { pin_this_thread(before_); }

 private:
  std::vector<int> before_;
};

}  // namespace nnstretch
