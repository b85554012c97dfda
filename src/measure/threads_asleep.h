// Waiting for threads of engines that have no more work and spin all the same.
#pragma once

namespace nnstretch::measure {

// Until all threads of this process but the caller's sleep, 0.1 s at most. LiteRT's spin for tens
// of milliseconds, on cores that the next runs need.
void let_threads_sleep();

}  // namespace nnstretch::measure
