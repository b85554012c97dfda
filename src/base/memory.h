// What this process takes of the computer's memory.
#pragma once
#include <cstdint>
#include <optional>

namespace nnstretch {

// Resident bytes, but for those of files, of which a library's count more or less as other
// processes have them too; those that are mapped several times once. 0 where the system does not
// tell.
int64_t resident_bytes();

// The most that was resident so far, files and all (VmHWM); nothing where the system does not tell.
std::optional<int64_t> peak_resident_bytes();

}  // namespace nnstretch
