// What this process takes of the computer's memory.
#pragma once
#include <cstdint>

namespace nnstretch {

// Resident bytes, those that are mapped several times or shared with other processes by share; 0
// where the system does not tell.
int64_t resident_bytes();

}  // namespace nnstretch
