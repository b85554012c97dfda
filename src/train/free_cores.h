// Cores that nobody else uses: libtorch's threads wait for each other by spinning, so that one more
// than there are free cores makes a training many times slower, not a little.
//     const int threads = count_free_cores(allowed_cores());
#pragma once
#include <map>
#include <vector>

#include "base/cpu_counters.h"

namespace nnstretch::train {

// Of these cores, as whole ones: what others left idle between two readings that are `seconds`
// apart. At least 1; all of them where the system tells nothing.
int free_cores(const std::vector<int>& cores, const std::map<int, CoreTime>& before,
               const std::map<int, CoreTime>& after, double seconds);

// The same of a quarter of a second from now, in which this process should do nothing.
int count_free_cores(const std::vector<int>& cores);

}  // namespace nnstretch::train
