// What this process takes of the computer's memory.
#pragma once
#include <cstdint>

namespace nnstretch {

// Resident bytes; 0 where the system does not tell.
int64_t resident_bytes();

}  // namespace nnstretch
