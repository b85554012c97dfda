// What this process takes of the computer's memory.
#pragma once
#include <cstdint>

namespace nnstretch {

// Resident bytes, but for those of files, of which a library's count more or less as other
// processes have them too; those that are mapped several times once. 0 where the system does not
// tell.
int64_t resident_bytes();

}  // namespace nnstretch
