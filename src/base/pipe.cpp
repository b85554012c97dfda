#include "base/pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/memfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace nnstretch {
namespace {

[[noreturn]] void fail() {
  throw IoError({.what = fmt::format("cannot make a pipe: {}", std::strerror(errno)),
                 .fix = "close files, or raise the limit (ulimit -n)"});
}

Descriptor above_the_standard_streams(Descriptor low) {
  if (low.get() > STDERR_FILENO) return low;
  Descriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (high.get() < 0) fail();
  return high;
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail();
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  pipe.read = above_the_standard_streams(std::move(pipe.read));
  pipe.write = above_the_standard_streams(std::move(pipe.write));
  return pipe;
}

// The system's call itself: some libraries of C have no name for it.
int memory_file(const char* name) {
  return static_cast<int>(::syscall(SYS_memfd_create, name, MFD_CLOEXEC));
}

}  // namespace nnstretch
