// The memory allocator as training needs it.
#pragma once

namespace nnstretch::train {

// Freed memory stays with the process. Every step frees and takes the same hundreds of megabytes;
// handing them back to the system each time costs a third of the speed in page faults. Call it
// first in main().
void keep_freed_memory();

}  // namespace nnstretch::train
