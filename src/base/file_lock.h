// One process at a time: the others wait. The system gives the lock back when its owner ends,
// however it ends.
//     const FileLock lock("data/result.csv.lock", [](const std::string& holder) {
//       log::info("waiting for {}", holder);  // "process 4711 on laptop"
//     });
#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace nnstretch {

class FileLock {
 public:
  // Makes the file if need be and waits until nobody else holds it; `on_wait`, which may be empty,
  // is told of each who does, and not at all if nobody. IoError if the file cannot be made or its
  // file system has no locks.
  FileLock(const std::filesystem::path& file,
           const std::function<void(const std::string& holder)>& on_wait);
  // Removes the file. One that a killed process left lies there, held by nobody, until the next
  // use.
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace nnstretch
