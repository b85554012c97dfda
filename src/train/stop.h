// Being asked to stop: SIGTERM, as clusters send it before they take a machine away, and Ctrl-C. A
// training then writes a checkpoint after the step it is at, and ends.
//     catch_stop_signals();
//     if (const int signal = stop_signal()) ...
#pragma once

namespace nnstretch::train {

// From now on SIGTERM and SIGINT are remembered; the third ends the process at once.
void catch_stop_signals();
// The first that came, 0 before.
int stop_signal();

// Thrown where a training stopped because it was asked to; what it needs to go on is on the disk.
struct Stopped {
  int signal = 0;
};

}  // namespace nnstretch::train
