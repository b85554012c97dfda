#include "base/tell_once.h"

#include <mutex>
#include <set>

#include "base/log.h"

namespace nnstretch {

void tell_once(const std::string& line) {
  static std::mutex mutex;
  static std::set<std::string> told;
  const std::lock_guard lock(mutex);
  if (told.insert(line).second) log::info_line(line);
}

}  // namespace nnstretch
