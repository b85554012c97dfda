// One inference at a time, with the shortest latency the machine gives.
//     nnstretch::Session session(network);
//     session.run(image, logits);
// Each processor has a worker: threads that are bound to the processor's cores and asleep between
// runs, but for the one that has the network's last part (of those with cores). That is the caller.
// run() computes on its thread, with its stack and its float mode, bound to that processor's cores
// (if it has any); then the thread has the cores back that it came with. Sessions of several
// threads share the network's code and weights; each has buffers of its own.
//
// A session has one caller at a time. UsageError, where not said otherwise: another thread is
// inside the session, it was moved from, or it was made before a fork and this is the forked
// process.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nnstretch/network.h"
#include "nnstretch/timeline.h"

namespace nnstretch {

struct SessionOptions {
  bool sequential = false;  // one part after another: the same bytes, for comparison
  // Memory of the caller, used in place instead of the session's own; none, or one a tensor. Each
  // has exactly TensorInfo::bytes, begins at a multiple of 64 bytes, has 64 readable bytes behind
  // it, stays where it is as long as the session lives, and shares no byte with an output.
  std::vector<std::span<std::byte>> inputs = {}, outputs = {};
  // The same network compiled for fewer processors (CompileOptions::without): the session changes
  // to it while others take one of them and it is the faster, and back. Used when the session is
  // made.
  const Network* spare = nullptr;
};

class Session {
 public:
  // EngineError naming a part or cores, or when memory or threads are short; ShapeError for memory
  // that does not fit.
  explicit Session(const Network& network, const SessionOptions& options = {});
  // Cancels a run() of another thread and waits for its end. In a forked process it leaves all to
  // the system.
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // To fill before run() and to read after it: at the same place as long as the session lives, also
  // when it is moved. Any thread. UsageError for an index that the network has not.
  std::span<std::byte> input(size_t index = 0);
  std::span<const std::byte> output(size_t index = 0) const;

  // One inference on what input() holds; blocks, copies nothing, takes no memory but what the
  // libraries of the engines take in each call. EngineError naming part and processor if one fails
  // and no other can take the part over; the session stays usable.
  void run();
  // Copies in, runs, copies out; for networks of one input and one output. The two may overlap.
  // ShapeError otherwise, or for other sizes.
  void run(std::span<const std::byte> input, std::span<std::byte> output);
  // Any thread. A run() of another thread ends when the parts that run now have, and throws
  // Cancelled; between runs this does nothing. A part that runs cannot be interrupted.
  void cancel();

  // Of the last run().
  Timeline timeline() const;
  bool on_spare() const;

 private:
  class Impl;
  Impl& impl() const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nnstretch
