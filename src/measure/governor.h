// The governor of the cores' clocks, changed for a while: "performance" keeps them up.
//     {
//       const GovernorChange change("performance", here.cores());
//       ...
//     }                                  // it is what it was
// However this process ends, too: killed, or by a cable that was pulled.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/pipe.h"

namespace nnstretch::measure {

// A process of its own group puts it back: it waits for the end of a pipe that only this process
// holds.
class GovernorChange {
 public:
  // UsageError if a core has no such governor (it names those that there are) or none at all, or if
  // it may not be changed; then nothing was.
  GovernorChange(const std::string& governor, const std::vector<int>& cores,
                 const std::filesystem::path& root = "/sys");
  ~GovernorChange();
  GovernorChange(const GovernorChange&) = delete;
  GovernorChange& operator=(const GovernorChange&) = delete;

 private:
  Descriptor life_;
  pid_t keeper_ = 0;
};

}  // namespace nnstretch::measure
